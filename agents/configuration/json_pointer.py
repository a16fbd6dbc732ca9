"""RFC 6901: a place in a document, as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.json_value import Json

_BAD_ESCAPE: Final = re.compile(r"~(?![01])")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}")  # no sign, no leading zero; ten digits count more than fit


def pointer(parts: Iterable[str | int]) -> str:
    """The pointer through these names and indexes; empty for the whole document."""
    return "".join([below("", part) for part in parts])


def below(above: str, part: str | int) -> str:
    """The pointer one level below `above`."""
    return f"{above}/{str(part).replace('~', '~0').replace('/', '~1')}"


def parts(text: str) -> tuple[str, ...]:
    """The names of a pointer; raises InvalidError for what is none."""
    if not text:
        return ()
    if text[0] != "/":
        raise InvalidError(f"{text!r} is not a JSON pointer", fix="Start it with '/', or leave it empty for the whole.")
    if _BAD_ESCAPE.search(text):
        raise InvalidError(f"{text!r} is not a JSON pointer", fix="Write '~' as ~0 and a '/' inside a name as ~1.")
    return tuple([part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")])


def index(part: str, length: int) -> int:
    """The index that `part` names in a list of `length` items; raises InvalidError or NotFoundError."""
    if not _INDEX.fullmatch(part):
        raise InvalidError(f"{part!r} is not an index", fix="Write 0 or a number without sign and leading zeros.")
    if int(part) >= length:
        raise NotFoundError(f"there is no item {part}, the list has {length}")
    return int(part)


def step(value: Json, part: str) -> Json:
    """What is one level down; raises NotFoundError or InvalidError."""
    if isinstance(value, dict):
        if part not in value:
            raise NotFoundError(f"there is no {part!r}")
        return value[part]
    if isinstance(value, list):
        return value[index(part, len(value))]
    raise NotFoundError(f"there is no {part!r} in what is neither a map nor a list")


def at(content: Json, text: str) -> Json:
    """What a pointer names; raises NotFoundError when it names nothing, InvalidError when it is no pointer."""
    value = content
    for part in parts(text):
        value = step(value, part)
    return value
