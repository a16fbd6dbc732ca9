"""What the server's own tables say of a person, read by the gateway and kept for a minute."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.access.ports import Engine
    from agents.deadline import Deadline

KEEP_S: Final = 60.0
ATTRIBUTE_TABLES: Final = frozenset({"user_warehouse", "user_territory"})
_MAX_KEPT: Final = 10_000
_MAX_VALUES: Final = 500
_SOURCES: Final = (
    ("warehouses", "user_warehouse", "warehouse_id"),
    ("territories", "user_territory", "territory_id"),
)


class TableAttributes:
    """Reads `user_warehouse` and `user_territory` through the engine, one statement for both.

    `clock` gives seconds. A change in the tables counts after at most KEEP_S. The tables know people by subject and
    no tenant: an engine, and with it this, holds the data of one.
    """

    def __init__(self, engine: Engine, *, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._kept: dict[str, tuple[float, Mapping[str, tuple[str, ...]]]] = {}
        self._lock = threading.Lock()

    def attributes(self, subject: str, *, deadline: Deadline) -> Mapping[str, tuple[str, ...]]:
        """`{"warehouses": (...), "territories": (...)}`, sorted; empty tuples for a person not in the tables."""
        with self._lock:
            kept = self._kept.get(subject)
        if kept and self._clock() - kept[0] < KEEP_S:
            return kept[1]
        rows = self._engine.execute(self._statement(subject), max_rows=_MAX_VALUES, deadline=deadline)
        if rows.truncated:  # half a list would hide rows without a word
            raise UnavailableError(
                f"{subject} has more than {_MAX_VALUES} warehouses and territories",
                fix="Give people fewer, or raise the limit.",
            )
        found: Mapping[str, tuple[str, ...]] = {
            # What is empty names nothing: it must not become the text of a row's own empty cell.
            name: tuple(sorted({str(value) for kind, value in rows.rows if kind == name and value not in {None, ""}}))
            for name, _, _ in _SOURCES
        }
        with self._lock:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[subject] = (self._clock(), found)
        return found

    def _statement(self, subject: str) -> str:
        parts = [
            exp.select(exp.alias_(exp.Literal.string(name), "attribute"), exp.alias_(exp.column(column), "value"))
            .from_(table)
            .where(exp.column("user_id").eq(exp.Literal.string(subject)))
            for name, table, column in _SOURCES
        ]
        return exp.union(*parts, distinct=False).sql(dialect=self._engine.dialect)
