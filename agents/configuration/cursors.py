"""Cursors of stores that count their changes: `NUMBER-MARK`, where the mark names all changes up to that one.

A number alone would be a promise that a store never goes back. Stores do: a backup is put back, a table is restored to
a moment, a file is copied. The log then goes on from an earlier place, with other changes under numbers that readers
have seen. A mark is a hash of the change and of the mark before it, so a cursor fits the log that it came from, and
every log that is the same up to there; to any other there is a gap, and the reader reads everything again.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.configuration.documents import START, Version
from agents.errors import GapError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from agents.configuration.documents import Cursor, LabelMove

MARK_DIGITS: Final = 12
# One text for one place: who finds a cursor by its text must not look for ever for another spelling of it.
_CURSOR: Final = re.compile(rf"([1-9][0-9]{{0,11}})(?:-([0-9a-f]{{{MARK_DIGITS}}}))?")


@dataclass(frozen=True)
class Place:
    """A place in a log: how many changes there are up to it, and their mark.

    The mark is empty at the beginning, and of changes from before there were marks.
    """

    number: int = 0
    mark: str = ""

    @property
    def cursor(self) -> Cursor:
        """The place as readers keep it."""
        if not self.number:
            return START
        return f"{self.number}-{self.mark}" if self.mark else str(self.number)

    def after(self, step: Version | LabelMove, at: datetime) -> Place:
        """The place after one more change."""
        what = ["", step.digest] if isinstance(step, Version) else [step.label, ""]
        told = [self.mark, step.key, step.layer, step.number, *what, at.isoformat()]
        return Place(self.number + 1, hashlib.sha256(json.dumps(told).encode()).hexdigest()[:MARK_DIGITS])


def position(cursor: Cursor) -> Place:
    """The place that a cursor names; raises InvalidError for what was never one."""
    if cursor == START:
        return Place()
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidError(f"{cursor[:32]!r} is not a cursor of this store", fix="Start without a cursor.")
    return Place(int(match[1]), match[2] or "")


def check_reach(start: Place, found: Iterable[Place]) -> None:
    """Raises GapError unless the log goes on from `start`: `found` are the places that it has from there on."""
    first = next(iter(found), None)
    if first != start and (start.number or (first is not None and first.number != 1)):
        raise GapError("the change log does not reach this cursor", fix="Read the full state again.")
