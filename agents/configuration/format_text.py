"""What the readers of formats share: how a text is refused, and how its bytes become characters."""

from __future__ import annotations

from bisect import bisect_right


class RefusedError(Exception):
    """A text that is refused at a line and column, both from 1. `formats` makes it the error that people see."""

    def __init__(self, message: str, line: int, column: int, *, fix: str = "", pointer: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.fix = fix
        self.pointer = pointer


def refused_at(text: str, offset: int, message: str, *, fix: str = "", pointer: str = "") -> RefusedError:
    """The refusal of what stands at an offset of the text."""
    return RefusedError(message, *position(text, offset), fix=fix, pointer=pointer)


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class Lines:
    """The lines of a text, for whoever asks for many positions."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        while (end := text.find("\n", self._starts[-1])) >= 0:
            self._starts.append(end + 1)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def decoded(text: bytes) -> str:
    """The characters of a text; raises RefusedError for what is not UTF-8, and for a byte order mark."""
    try:
        found = text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        line, column = position(before, len(before))
        raise RefusedError("is not UTF-8 here", line, column, fix="Save it as UTF-8.") from error
    if found.startswith("\ufeff"):
        raise RefusedError("starts with a byte order mark", 1, 1, fix="Save it as UTF-8 without one.")
    return found
