"""Reads a statement that is about to be sent into tokens, by one pattern and no parser.

It takes only what DuckDB and Athena read in the same way: names in double quotes, words of SQL, plain numbers, text in
single quotes with '' for a quote, and the operators below. Everything else is refused: comments, semicolons, prefixes
of text (E'', X'', U&''), dollar and back quotes, placeholders, letters outside of quotes that are not ASCII, two texts
side by side, operators that run into each other, which DuckDB would read as one. A backslash is a letter in both.
"""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = r'"(?:[^"\x00]|"")++"'
# A number or a word must end where it ends: 1e9x, 0x1F, 1_000, E'..' and a.b without quotes are none of ours.
_TOKEN: Final = re.compile(
    rf"""\ *+(?:
      (?P<name>{_NAME}(?:\.(?:{_NAME}|\*))?+)(?!["'.$])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*+)(?!["'.$])
    | (?P<punctuation>[(),])
    | (?P<text>'(?:[^'\x00]|'')*+')(?!\ *'|[A-Za-z0-9_"$.])
    | (?P<number>(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+)(?![A-Za-z0-9_"'.$])
    | (?P<operator><>|<=|>=|!=|\|\||[-=<>+*/%])(?![-=<>+*/%|!~@\#^&?:$])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.ASCII,
)
_QUOTED: Final = re.compile(_NAME)


class Unreadable(Exception):  # noqa: N818 - never leaves the verifier
    """A statement that cannot be read, or is not what it should be."""


class Tokens:
    """The tokens of a statement, one ahead: `kind` and `text` are the next one's, words in capitals.

    `start` is where it begins.
    """

    __slots__ = ("_end", "_statement", "kind", "start", "text")

    kind: str
    text: str
    start: int

    def __init__(self, statement: str) -> None:
        self._statement = statement
        self.jump(0)

    def next(self) -> None:
        """Reads on."""
        self.jump(self._end)

    def jump(self, position: int) -> None:
        """Makes what begins at `position` the next token."""
        found = _TOKEN.match(self._statement, position)
        if found is None or found.lastgroup is None:
            raise Unreadable
        self.kind = found.lastgroup
        self.text = found[self.kind]
        if self.kind == "word":
            self.text = self.text.upper()
        self._end = found.end()
        self.start = self._end - len(self.text)

    def take(self, text: str) -> bool:
        """Whether the next token is this word or sign, which is read then."""
        if self.text != text:  # names and texts have their quotes
            return False
        self.next()
        return True

    def expect(self, text: str) -> None:
        """Reads this word or sign, and nothing else."""
        if not self.take(text):
            raise Unreadable

    def name(self) -> str:
        """Reads one name without a dot; without its quotes."""
        if self.kind != "name" or not _QUOTED.fullmatch(self.text):
            raise Unreadable
        name = self.text[1:-1]
        self.next()
        return name
