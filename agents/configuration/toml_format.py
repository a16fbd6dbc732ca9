"""TOML 1.0 as far as it says the same as JSON: no dates, and nothing that takes its parser long."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from agents.configuration.format_text import RefusedError, position, refused_at
from agents.configuration.json_pointer import pointer as pointer_of
from agents.configuration.json_values import FLATTEN, MAX_DEPTH, MAX_NODES, SPLIT, TOO_DEEP, TOO_MANY
from agents.configuration.toml_positions import STRINGS, positions

if TYPE_CHECKING:
    from agents.json_value import Json

__all__ = ["positions", "read"]

_LONGEST: Final = 1000  # of a name or number without quotes: the parser keeps a way back for each digit
_STRUCTURE: Final = re.compile(rf"{STRINGS}|#[^\n]*+|[A-Za-z0-9_+-]{{{_LONGEST},}}+|[\[{{\]}},=.\n]")
_AT: Final = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)\Z")


def read(text: str) -> Json:
    """The value; raises RefusedError with line and column."""
    _guard(text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(text, str(error)) from error
    _refuse_dates(text, content)
    return content


def _guard(text: str) -> None:
    """Raises RefusedError for what nests or holds more than a document may, before it is parsed.

    The parser is recursive, and takes time by the square of a key's parts.
    """
    depth = values = parts = 0
    for token in _STRUCTURE.finditer(text):
        first = token[0][0]
        if first == ".":
            parts += 1
        elif first in "[{":
            depth += 1
            values += 1
            parts = 0
        elif first in "]}":
            depth -= 1
        elif first in ",=\n":
            values += first != "\n"
            parts = 0
        elif first not in "\"'#":
            raise refused_at(
                text, token.start(), f"is longer than {_LONGEST:,} characters here", fix="Put it in quotes."
            )
        if depth > MAX_DEPTH or parts >= MAX_DEPTH:
            raise refused_at(text, token.start(), TOO_DEEP, fix=FLATTEN)
        if values > 2 * MAX_NODES:  # a table's header counts twice; the content itself is counted once it is read
            raise refused_at(text, token.start(), TOO_MANY, fix=SPLIT)


def _refused(text: str, said: str) -> RefusedError:
    at = _AT.search(said)
    message = said[: at.start()] if at else said
    if at and at[1]:
        line, column = int(at[1]), int(at[2])
    else:
        line, column = position(text, len(text))
    return RefusedError(f"is not TOML: {message[0].lower()}{message[1:]}", line, column)


def _refuse_dates(text: str, content: dict[str, object]) -> None:
    """Raises RefusedError for the first value that JSON does not have: a date or a time."""
    waiting: list[tuple[object, tuple[str | int, ...]]] = [(content, ())]
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, dict):
            waiting.extend([(inner, (*path, name)) for name, inner in value.items() if not isinstance(inner, str)])
        elif isinstance(value, list):
            waiting.extend([(inner, (*path, number)) for number, inner in enumerate(value)])
        elif not isinstance(value, str | int | float):
            pointer = pointer_of(path)
            line, column = positions(text).get(pointer, (1, 1))
            raise RefusedError("dates and times are not JSON", line, column, fix="Put it in quotes.", pointer=pointer)
