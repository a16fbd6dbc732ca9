"""A stack's settings as its file says them, and which zips they need."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from agents.errors import InvalidError
from components.problems import Problem, SettingsError
from components.settings import LOCAL, NAMESPACE, load
from delivery.package import Target
from delivery.stack_files import lines_of, read_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from components.settings import Settings
    from delivery.places import Places
    from delivery.stack_files import Stack


def settings_of(places: Places, stack: str, *, endpoint: str = "") -> Settings:
    """The stack's settings; `endpoint` is where the emulator listens, for local.

    Raises NotFoundError for an unknown stack, InvalidError with every mistake in its file, each with its line.
    """
    found = read_stack(places.root, stack)
    file = f"Pulumi.{stack}.yaml"
    try:
        _refuse_secrets(found, file)
        return load(stack, mapping_of(found), file, endpoint=endpoint)
    except SettingsError as error:
        lines = lines_of(places.root, found)
        told = SettingsError(_with_line(problem, lines) for problem in error.problems)
        raise InvalidError(str(told), fix="Mend the file, then run again.") from error


def mapping_of(stack: Stack) -> dict[str, object]:
    """The stack's configuration as the program has it."""
    return {key: _plain(value) for key, value in stack.config.items()}


def target_of(places: Places, stack: str) -> Target:
    """Where the stack's functions run."""
    settings = settings_of(places, stack)
    if stack == LOCAL:
        return Target.of_host()
    return Target(host=False, python=settings.runtime.python, architecture=settings.resources.lambda_.architecture)


def _refuse_secrets(stack: Stack, file: str) -> None:
    secret = [key.removeprefix(NAMESPACE) for key in stack.secret_keys if key.startswith(NAMESPACE)]
    if secret:
        told = "holds a secret; settings are read by everybody, remove it"
        raise SettingsError(Problem(file, key, told) for key in secret)


def _with_line(problem: Problem, lines: Callable[[Sequence[str]], int | None]) -> Problem:
    """The problem with the line of its key, or of what the key would lie in."""
    path = problem.key.split(".")
    for length in range(len(path), 0, -1):
        if line := lines(path[:length]):
            return replace(problem, file=f"{problem.file}:{line}")
    return problem


def _plain(value: str) -> object:
    """Text as the engine would hand it over; what is not JSON is for the settings to judge."""
    try:
        plain: object = json.loads(value)
    except ValueError:
        return value
    return plain
