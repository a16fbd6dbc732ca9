"""What is a person's own is read from the server's tables, and kept for a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.access.attributes import KEEP_S, TableAttributes
from agents.access.ports import Rows
from agents.deadline import Deadline
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from agents.adapters.duckdb import DuckDbEngine

SOON = Deadline(1.0, clock=lambda: 0.0)  # a second that does not pass


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """The real engine, with a count of its queries; says that more rows exist when told to."""

    def __init__(self, engine: DuckDbEngine) -> None:
        self._engine = engine
        self.dialect = engine.dialect
        self.statements: list[str] = []
        self.truncated = False

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        self.statements.append(statement)
        rows = self._engine.execute(statement, max_rows=max_rows, deadline=deadline)
        return Rows(rows.columns, rows.rows, truncated=self.truncated)


@pytest.fixture
def counting(engine: DuckDbEngine) -> Counting:
    return Counting(engine)


@pytest.mark.parametrize(
    ("subject", "warehouses", "territories"),
    [
        ("wanda", ("WH01", "WH02"), ()),
        ("felix", (), ("T1", "T3")),
        ("petra", (), ()),
        ("dario", ("WH03",), ()),
        ("nobody", (), ()),
        ("wanda' OR '1'='1", (), ()),
        ("WANDA", (), ()),
        ("%", (), ()),
    ],
)
def test_a_person_has_what_the_tables_say(
    counting: Counting, subject: str, warehouses: tuple[str, ...], territories: tuple[str, ...]
) -> None:
    """Warehouses and territories, sorted, by one query; nothing for a name that is not exactly in them."""
    found = TableAttributes(counting, clock=Clock()).attributes(subject, deadline=SOON)
    assert found == {"warehouses": warehouses, "territories": territories}
    assert len(counting.statements) == 1


def test_they_are_kept_for_a_minute_per_person(counting: Counting) -> None:
    """A second question within the minute costs no query; another person, or a minute, does."""
    clock = Clock()
    attributes = TableAttributes(counting, clock=clock)
    for subject, seconds, queries in (("wanda", 0, 1), ("wanda", KEEP_S - 1, 1), ("felix", 0, 2), ("wanda", 1, 3)):
        clock.now += seconds
        attributes.attributes(subject, deadline=SOON)
        assert len(counting.statements) == queries


def test_half_a_list_is_an_error(counting: Counting) -> None:
    """Too many to read at once would hide rows without a word, so it is refused, and not kept."""
    attributes = TableAttributes(counting, clock=Clock())
    counting.truncated = True
    with pytest.raises(UnavailableError, match="wanda"):
        attributes.attributes("wanda", deadline=SOON)
    counting.truncated = False
    assert attributes.attributes("wanda", deadline=SOON)["warehouses"] == ("WH01", "WH02")
