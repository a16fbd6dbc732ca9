"""JSON as RFC 8259 has it and no more: a name once, no NaN, nothing behind the end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from agents.configuration.format_text import Lines, RefusedError, refused_at
from agents.configuration.json_pointer import below
from agents.configuration.json_values import FLATTEN, MAX_DEPTH, MAX_NODES, SPLIT, TOO_DEEP, TOO_MANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.configuration.documents import Content
    from agents.json_value import Json

# Possessive repetitions: they keep no way back, so neither time nor memory depends on what the text is.
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{\]},]', re.DOTALL)
_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[{\]},:]|[^\s"\[\]{},:]++', re.DOTALL)
_DIGITS: Final = 24  # above, an integer is out of bounds, and reading its digits would take long
_OUT_OF_BOUNDS: Final = 2**64


class _TwiceError(Exception):
    pass


def read(text: str) -> Json:
    """The value; raises RefusedError with line and column."""
    _guard(text)
    try:
        value: Json = json.loads(text, object_pairs_hook=_once, parse_int=_integer)
    except _TwiceError:
        positions(text)  # knows where
        raise
    except json.JSONDecodeError as error:
        raise RefusedError(_reason(error.msg), error.lineno, error.colno) from error
    return value


def write(content: Content) -> str:
    """The content, indented."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def positions(text: str) -> Mapping[str, tuple[int, int]]:
    """Where each value is, of a text that JSON allows; raises RefusedError for a name that is there twice."""
    lines = Lines(text)
    found: dict[str, tuple[int, int]] = {}
    open_: list[tuple[str, int]] = []  # pointer of what is open, and the next index; -1 in a map
    at = ""  # pointer of the value that comes next
    named = False  # whether its name was read
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        in_map = bool(open_) and open_[-1][1] < 0
        if first in "]}":
            open_.pop()
        elif first == ",":
            if not in_map:
                above, number = open_[-1]
                open_[-1] = above, number + 1
                at = below(above, number + 1)
            named = False
        elif first == ":":
            named = True
        elif in_map and not named:
            name = json.loads(token[0])
            at = below(open_[-1][0], name)
            if at in found:
                raise refused_at(text, token.start(), f"says {name!r} twice", fix="Keep one.", pointer=at)
            found[at] = lines.position(token.start())
        else:
            found.setdefault(at, lines.position(token.start()))
            if first in "[{":
                open_.append((at, 0 if first == "[" else -1))
                at = below(at, 0)
                named = False
    return found


def _guard(text: str) -> None:
    """Raises RefusedError for what nests or holds more than a document may, before anything is built of it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH and text.count(",") < MAX_NODES - MAX_DEPTH:
        return
    depth = values = 0
    for token in _STRUCTURE.finditer(text):
        first = token[0][0]
        if first in "[{":
            depth += 1
            values += 1
            if depth > MAX_DEPTH:
                raise refused_at(text, token.start(), TOO_DEEP, fix=FLATTEN)
        elif first == ",":
            values += 1
        elif first != '"':
            depth -= 1
        if values > MAX_NODES:
            raise refused_at(text, token.start(), TOO_MANY, fix=SPLIT)


def _once(pairs: list[tuple[str, Json]]) -> Content:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError
    return found


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else _OUT_OF_BOUNDS


def _reason(message: str) -> str:
    return f"is not JSON: {message[0].lower()}{message[1:]}"
