"""Where each value of a TOML text stands, which its parser does not say."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from agents.configuration.format_text import Lines
from agents.configuration.json_pointer import below

if TYPE_CHECKING:
    from collections.abc import Mapping

# Possessive repetitions keep no way back: neither time nor memory depends on what the text is. A text of several
# lines may end with quotes of its own before those that close it.
STRINGS: Final = (
    r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+"""(?:"{1,2})?'
    r"|'''(?:[^']++|'(?!''))*+'''(?:'{1,2})?"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
)
_BLANK: Final = re.compile(r"(?:[\s,]++|#[^\n]*+)*+")
_STRING: Final = re.compile(STRINGS)
_SCALAR: Final = re.compile(rf"{STRINGS}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} [0-9]{{2}}[^,\]}}\s#]*+|[^,\]}}\s#]++")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]++")
_DOT: Final = re.compile(r"[ \t]*+\.[ \t]*+")
_BEFORE_VALUE: Final = re.compile(r"[ \t]*+=[ \t]*+")


def positions(text: str) -> Mapping[str, tuple[int, int]]:
    """Line and column of each value, of a text that TOML allows: a map's where its name stands first."""
    scan = _Scan(text)
    scan.document()
    return scan.found


class _Scan:
    """Reads a valid text once; `offset` is where it is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._lines = Lines(text)
        self._tables: dict[str, int] = {}  # arrays of tables, and how many tables each has so far
        self.found: dict[str, tuple[int, int]] = {"": (1, 1)}

    def document(self) -> None:
        table = ""
        while self._skip(_BLANK) < len(self._text):
            if self._text.startswith("[[", self._offset):
                start, self._offset = self._offset, self._offset + 2
                *before, (last, _) = self._key()
                array = below(self._through("", before), last)
                number = self._tables.get(array, 0)
                self._tables[array] = number + 1
                table = below(array, number)
                self._note(array, start)
                self._note(table, start)
                self._offset += 2
            elif self._text[self._offset] == "[":
                self._offset += 1
                table = self._through("", self._key())
                self._offset += 1
            else:
                self._pair(table)

    def _pair(self, above: str) -> None:
        pointer = self._through(above, self._key())
        self._skip(_BEFORE_VALUE)
        self._value(pointer)

    def _value(self, pointer: str) -> None:
        self._note(pointer, self._offset)
        opening = self._text[self._offset]
        if opening not in "[{":
            self._skip(_SCALAR)
            return
        self._offset += 1
        number = 0
        while self._text[self._skip(_BLANK)] not in "]}":
            if opening == "{":
                self._pair(pointer)
            else:
                self._value(below(pointer, number))
                number += 1
        self._offset += 1

    def _through(self, above: str, names: list[tuple[str, int]]) -> str:
        """The pointer of a key below `above`; of an array of tables, in its last table."""
        pointer = above
        for name, start in names:
            pointer = below(pointer, name)
            self._note(pointer, start)
            if pointer in self._tables:
                pointer = below(pointer, self._tables[pointer] - 1)
        return pointer

    def _key(self) -> list[tuple[str, int]]:
        """The parts of a key, and where each stands."""
        names = []
        while True:
            self._skip(_BLANK)
            start = self._offset
            quoted = self._text[start] in "\"'"
            self._skip(_STRING if quoted else _BARE)
            said = self._text[start : self._offset]
            names.append((tomllib.loads(f"name={said}")["name"] if quoted else said, start))
            if self._skip(_DOT) == start + len(said):
                self._skip(_BLANK)
                return names

    def _note(self, pointer: str, start: int) -> None:
        self.found.setdefault(pointer, self._lines.position(start))

    def _skip(self, pattern: re.Pattern[str]) -> int:
        """Goes past what the pattern matches here, if it does; gives where that is."""
        if match := pattern.match(self._text, self._offset):
            self._offset = match.end()
        return self._offset
