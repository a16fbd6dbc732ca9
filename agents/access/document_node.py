"""A value of a document and where it stands, for readers that tell every problem at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_PROBLEMS: Final = 100  # that are told; a document of garbage must not become an answer of megabytes
MAX_TEXT: Final = 256
MAX_NAMES: Final = 500
_NAME: Final = re.compile(r"[a-z0-9_-]{1,64}")
_KINDS: Final = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


@dataclass(frozen=True)
class Node:
    """A value, its RFC 6901 pointer, and the list that what is wrong with it goes to."""

    value: object
    pointer: str
    problems: list[Problem]

    def wrong(self, message: str, fix: str) -> None:
        """Writes down what is wrong here."""
        self.problems.append(Problem(code="invalid", message=message, pointer=self.pointer, fix=fix))

    def members(self) -> dict[str, Node]:
        """The members of an object. One that is null counts as not written: so a layer takes back what is below it."""
        if not isinstance(self.value, dict):
            self.wrong(f"this is {self._kind()}, not an object", "Write { ... }.")
            return {}
        return {str(name): self._child(str(name), value) for name, value in self.value.items() if value is not None}

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Node]:
        """The members of an object that has these fields and no others; of a wrong one those that it may have."""
        members = self.members()
        known = (*required, *optional)
        for name in sorted(members.keys() - set(known)):
            members.pop(name).wrong(f"there is no field {name[:64]!r} here", f"Fields: {', '.join(known)}.")
        if isinstance(self.value, dict):
            for name in required:
                if name not in members:
                    self.wrong(f"{name!r} is missing", f"Write {name!r}.")
        return members

    def items(self, most: int) -> list[Node]:
        """The items of a list of one to `most`."""
        if not isinstance(self.value, list):
            self.wrong(f"this is {self._kind()}, not a list", "Write [ ... ].")
            return []
        if not self.value:
            self.wrong("this list is empty", "Name one at least, or leave it out.")
        if len(self.value) > most:
            self.wrong(f"this list has {len(self.value):,} items", f"Write {most} at most.")
            return []
        return [self._child(str(number), value) for number, value in enumerate(self.value)]

    def name(self, known: Collection[str] | None, what: str) -> str | None:
        """One of the known names, or any name when that is None; None when it is none, which is then written down."""
        if isinstance(self.value, str) and (self.value in known if known is not None else _NAME.fullmatch(self.value)):
            return self.value
        said = repr(self.value[:64]) if isinstance(self.value, str) else self._kind()
        fix = "Use a-z, 0-9, '-' and '_'." if known is None else f"One of {', '.join(sorted(known)) or 'none'}."
        self.wrong(f"there is no {what} {said}", fix)
        return None

    def names(self, known: Collection[str] | None, what: str) -> tuple[str, ...]:
        """A list of names as `name` takes them, each once, in their order. It may be empty."""
        if self.value == []:
            return ()
        return self.distinct([item.name(known, what) for item in self.items(MAX_NAMES)])

    def text(self) -> str | None:
        """Printable text of one to MAX_TEXT characters."""
        if isinstance(self.value, str) and 0 < len(self.value) <= MAX_TEXT and self.value.isprintable():
            return self.value
        said = "text that cannot be used" if isinstance(self.value, str) else self._kind()
        self.wrong(f"this is {said}", f"Write printable text of 1 to {MAX_TEXT} characters.")
        return None

    def distinct(self, found: Collection[str | None]) -> tuple[str, ...]:
        """What was found, without what was wrong; a value that is there twice is wrong too."""
        right = [one for one in found if one is not None]
        if twice := sorted({one for one in right if right.count(one) > 1}):
            self.wrong(f"{twice[0]!r} is here twice", "Write it once.")
        return tuple(right)

    def _child(self, part: str, value: object) -> Node:
        return Node(value, f"{self.pointer}/{part.replace('~', '~0').replace('/', '~1')}", self.problems)

    def _kind(self) -> str:
        return _KINDS.get(type(self.value), "a number")


def refuse(problems: list[Problem], what: str) -> None:
    """Raises InvalidError with the problems, in the document's order, unless there is none."""
    if not problems:
        return
    told = tuple(problems[:MAX_PROBLEMS])
    listed = "; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in told)
    more = f"; and {len(problems) - len(told)} more" if len(problems) > len(told) else ""
    fix = told[0].fix if len(problems) == 1 else "Mend each, and publish again."
    raise InvalidError(f"{what} is not valid: {listed}{more}", fix=fix, problems=told)
