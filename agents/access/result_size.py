"""How much of a result is read: a byte cap beside the cap on rows, as a row may be of any width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.access.ports import Cell

MAX_RESULT_BYTES: Final = 4_000_000  # as JSON; with what a tool says around it, it fits into the reply of a function
_PUNCTUATION: Final = 4  # quotes, comma and blank
_NUMBER: Final = 20  # the longest whole number or float


def row_bytes(row: Iterable[Cell]) -> int:
    """About the bytes of a row as JSON."""
    return _PUNCTUATION + sum(
        _PUNCTUATION + (len(cell.encode(errors="replace")) if isinstance(cell, str) else _NUMBER) for cell in row
    )


class Room:
    """What is left of the byte cap while a result is read."""

    def __init__(self, max_bytes: int = MAX_RESULT_BYTES) -> None:
        self._left = max_bytes

    def takes(self, row: Iterable[Cell]) -> bool:
        """Whether the row still fits; the first that does not ends the result."""
        self._left -= row_bytes(row)
        return self._left >= 0
