"""Problems that keep a document from being published, and those that its author should only know of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

INVALID: Final = "invalid"
WARNING: Final = "warning"


def invalid(message: str, *, pointer: str = "", fix: str = "") -> Problem:
    """What keeps the document from being published."""
    return Problem(code=INVALID, message=message, pointer=pointer, fix=fix)


def warning(message: str, *, pointer: str = "", fix: str = "") -> Problem:
    """What the author should know of a document that can be published."""
    return Problem(code=WARNING, message=message, pointer=pointer, fix=fix)


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that are no warnings."""
    return tuple(problem for problem in problems if problem.code != WARNING)


def warnings(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that are."""
    return tuple(problem for problem in problems if problem.code == WARNING)
