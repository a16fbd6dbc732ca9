"""The life of a stack in an account: pulumi asks, pulumi shows; we see to settings, zips, policies and passphrase."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from agents.errors import InvalidError
from delivery.engine import Engine, find_pulumi
from delivery.engine_environment import cloud_environment
from delivery.engine_files import copy_project
from delivery.package import build
from delivery.targets import settings_of, target_of

if TYPE_CHECKING:
    from delivery.places import Places


def up(places: Places, stack: str, *, yes: bool) -> None:
    """Deploys the stack after pulumi has asked, unless `yes`. Raises InvalidError, SetupError."""
    engine = _engine(places, stack)
    _can_ask(yes=yes)
    build(places, target_of(places, stack))
    engine.create(places.root)
    engine.up(yes=yes)


def preview(places: Places, stack: str, *, expect_no_changes: bool = False) -> None:
    """Shows what `up` would change, and changes no file of the project. Raises as `up` does."""
    engine = _engine(places, stack)
    build(places, target_of(places, stack))
    config = copy_project(places, stack)
    engine.create(config.parent)
    replace(engine, config=config).preview(expect_no_changes=expect_no_changes)


def down(places: Places, stack: str, *, yes: bool) -> None:
    """Destroys the stack's resources after pulumi has asked, unless `yes`. What is protected stops it."""
    engine = _engine(places, stack)
    _can_ask(yes=yes)
    engine.destroy(yes=yes)


def _engine(places: Places, stack: str) -> Engine:
    settings_of(places, stack)
    find_pulumi(os.environ.get("PATH", ""))
    environment = cloud_environment(places, stack, os.environ)
    return Engine(stack=stack, root=places.root, environment=environment, echo=print, interactive=True)


def _can_ask(*, yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise InvalidError(
            "pulumi cannot ask here, as this is no terminal", fix="Add --yes once you have seen the preview."
        )
