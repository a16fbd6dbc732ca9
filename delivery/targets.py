"""Which zips a stack needs, as its file says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agents.errors import InvalidError
from components.problems import SettingsError
from components.settings import LOCAL, load
from delivery.package import Target
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from components.settings import Settings
    from delivery.places import Places


def settings_of(places: Places, stack: str) -> Settings:
    """The stack's settings; raises NotFoundError for an unknown stack, InvalidError with every mistake in its file."""
    found = read_stack(places.root, stack)
    try:
        return load(stack, {key: _plain(value) for key, value in found.config.items()}, f"Pulumi.{stack}.yaml")
    except SettingsError as error:
        raise InvalidError(str(error), fix="Mend the file, then run again.") from error


def target_of(places: Places, stack: str) -> Target:
    """Where the stack's functions run."""
    settings = settings_of(places, stack)
    if stack == LOCAL:
        return Target.of_host()
    return Target(host=False, python=settings.runtime.python, architecture=settings.resources.lambda_.architecture)


def _plain(value: str) -> object:
    """Text as the engine would hand it over; what is not JSON is for the settings to judge."""
    try:
        plain: object = json.loads(value)
    except ValueError:
        return value
    return plain
