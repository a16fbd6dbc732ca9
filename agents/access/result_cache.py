"""Results that were read before, by the statement that was sent and the data it was sent to.

The statement is the rewritten one: rows, columns and masks of the person who asked stand in it as text, so that two
people share a result only when the very same statement would run for both. No key is made of what was asked, of a
person or of a persona, and a policy that changes makes other statements.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import QUERY_CACHE_HITS

if TYPE_CHECKING:
    from agents.access.ports import Rows
    from agents.telemetry.measures import Measures

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_ENTRIES: Final = 512
_CELL_BYTES: Final = 64  # that Python takes for a short text or a number, with its place in a row


class ResultCache:
    """Keeps the results that were used last, within a number of entries and of bytes; safe to use from threads."""

    def __init__(
        self, *, max_bytes: int = MAX_BYTES, max_entries: int = MAX_ENTRIES, measures: Measures = UNMEASURED
    ) -> None:
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._measures = measures
        self._kept: OrderedDict[tuple[str, str], tuple[Rows, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, statement: str, version: str | None) -> Rows | None:
        """What this statement gave on this version of the data; None when it is not kept."""
        if version is None:
            return None
        with self._lock:
            found = self._kept.get((statement, version))
            if found is None:
                return None
            self._kept.move_to_end((statement, version))
        self._measures.record(QUERY_CACHE_HITS)
        return found[0]

    def put(self, statement: str, version: str | None, rows: Rows) -> None:
        """Keeps a result; `version` is what the engine said before it ran. Without one nothing is kept."""
        size = _size(statement, rows)
        if version is None or size > self._max_bytes:
            return
        with self._lock:
            if replaced := self._kept.pop((statement, version), None):
                self._bytes -= replaced[1]
            self._kept[statement, version] = rows, size
            self._bytes += size
            while self._bytes > self._max_bytes or len(self._kept) > self._max_entries:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed


def _size(statement: str, rows: Rows) -> int:
    """About the bytes of memory that an entry takes."""
    cells = len(rows.rows) * (len(rows.columns) + 1)
    texts = sum(len(cell) for row in rows.rows for cell in row if isinstance(cell, str))
    return len(statement) + (cells + len(rows.columns)) * _CELL_BYTES + texts
