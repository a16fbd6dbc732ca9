"""A document as JSON, YAML or TOML: one content, whichever it is written in.

What is not the same in all three is refused rather than changed: dates, NaN and Infinity, -0.0, integers of more than
64 bits, names that are no text, a name that is there twice, YAML's anchors, tags and merge keys. TOML has no null.
Limits of size, depth and number of values hold before a parser could be brought down by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypeAlias, cast, get_args

from agents.configuration import json_format, toml_format, toml_text, yaml_format, yaml_text
from agents.configuration.format_text import RefusedError, decoded
from agents.configuration.json_values import check_content, is_plain, place, refusal
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.configuration.documents import Content
    from agents.json_value import Json

Format: TypeAlias = Literal["json", "yaml", "toml"]
Positions: TypeAlias = "Mapping[str, tuple[int, int]]"

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
MEDIA_TYPES: Final[Mapping[str, Format]] = {f"application/{name}": name for name in FORMATS}
MAX_TEXT_BYTES: Final = 512 * 1024  # twice a document's size, because comments and indentation count here

_SUFFIXES: Final[Mapping[str, Format]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}
_READERS: Final[Mapping[Format, Callable[[str], Json]]] = {
    "json": json_format.read,
    "yaml": yaml_format.read,
    "toml": toml_format.read,
}
_LOCATORS: Final[Mapping[Format, Callable[[str], Positions]]] = {
    "json": json_format.positions,
    "yaml": yaml_format.positions,
    "toml": toml_format.positions,
}


@dataclass(frozen=True)
class Parsed:
    """What a text says, and where it says it."""

    content: Content
    text: str
    format: Format
    where: str = ""

    @cached_property
    def positions(self) -> Positions:
        """Line and column from 1, by pointer: of a map's value where its name stands, of a list's item where that does.

        Found when first asked for: what only runs a document does not pay for it.
        """
        return _LOCATORS[self.format](self.text)

    def place(self, pointer: str) -> str:
        """`file:line:column` of what a pointer names, or of the nearest thing around it that the text has."""
        while pointer and pointer not in self.positions:
            pointer = pointer.rpartition("/")[0]
        return place(self.where, self.positions.get(pointer))


def format_of(path: str) -> Format:
    """The format that a file's name says; raises InvalidError."""
    found = _SUFFIXES.get(PurePath(path).suffix.lower())
    if found is None:
        raise InvalidError(f"{path} is neither JSON, YAML nor TOML", fix=f"Name it {', '.join(_SUFFIXES)}.")
    return found


def parse(text: bytes, format: Format, *, where: str = "") -> Parsed:  # noqa: A002 - the word that a caller would use
    """The document that a text is; raises InvalidError with `where`, line and column of what is wrong."""
    content, decoded_text = _parse(text, format, where)
    if not isinstance(content, dict):
        _refuse(RefusedError("is not a map", 1, 1, fix="Write names with values."), where)
    return Parsed(content, decoded_text, format, where)


def parse_value(text: bytes, format: Format, *, where: str = "") -> Json:  # noqa: A002 - as above
    """Any value that a text is, such as a patch, which is a list; raises InvalidError as `parse` does."""
    return _parse(text, format, where)[0]


def dump(content: Content, format: Format) -> str:  # noqa: A002 - as above
    """The content as a text of the format; raises InvalidError for what the format cannot say."""
    check_content(cast("Json", content))
    if format == "json":
        return json_format.write(content)
    return yaml_text.write(content) if format == "yaml" else toml_text.write(content)


def _parse(text: bytes, format: Format, where: str) -> tuple[Json, str]:  # noqa: A002 - as above
    if len(text) > MAX_TEXT_BYTES:
        message = f"has {len(text):,} bytes; a text has at most {MAX_TEXT_BYTES:,}"
        _refuse(RefusedError(message, 1, 1, fix="Split it, or keep data out of configuration."), where)
    try:
        readable = decoded(text)
        content = _READERS[format](readable)
    except RefusedError as error:
        _refuse(error, where)
    if not is_plain(content):
        check_content(content, where=where, positions=_LOCATORS[format](readable))
    return content, readable


def _refuse(error: RefusedError, where: str) -> NoReturn:
    at = place(where, (error.line, error.column))
    problem = Problem(code="invalid", message=error.message, pointer=error.pointer, where=at, fix=error.fix)
    raise refusal((problem,)) from error
