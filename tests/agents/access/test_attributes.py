"""What is a person's own is read from the server's tables, and kept for a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.access.attributes import KEEP_S, TableAttributes
from agents.access.ports import Rows
from agents.deadline import Deadline
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from agents.access.ports import Cell
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

    def data_version(self) -> str | None:
        return self._engine.data_version()

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


class Saying:
    """An engine that says what a test tells it, as the tables of a lake of somebody else's may."""

    dialect = "athena"

    def __init__(self, *rows: tuple[Cell, Cell]) -> None:
        self._rows = rows

    def data_version(self) -> str | None:
        return None

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        return Rows(("attribute", "value"), self._rows)


def test_what_is_empty_names_nothing() -> None:
    """A cell without a value, or with an empty one, is no warehouse; one that is there twice is one."""
    engine = Saying(("warehouses", None), ("warehouses", ""), ("territories", "T2"), ("territories", "T2"))
    found = TableAttributes(engine, clock=Clock()).attributes("wanda", deadline=SOON)
    assert found == {"warehouses": (), "territories": ("T2",)}


def test_numbers_are_compared_as_text() -> None:
    """Some lakes number their warehouses; a filter compares text."""
    found = TableAttributes(Saying(("warehouses", 7)), clock=Clock()).attributes("wanda", deadline=SOON)
    assert found["warehouses"] == ("7",)


def test_many_people_do_not_fill_the_memory(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept is given up when there is too much of it, and read again."""
    monkeypatch.setattr("agents.access.attributes._MAX_KEPT", 3)
    attributes = TableAttributes(counting, clock=Clock())
    for subject in ("a", "b", "c", "d", "a", "d"):
        attributes.attributes(subject, deadline=SOON)
    assert len(attributes._kept) <= 3
    assert len(counting.statements) == 5


def test_half_a_list_is_an_error(counting: Counting) -> None:
    """Too many to read at once would hide rows without a word, so it is refused, and not kept."""
    attributes = TableAttributes(counting, clock=Clock())
    counting.truncated = True
    with pytest.raises(UnavailableError, match="wanda"):
        attributes.attributes("wanda", deadline=SOON)
    counting.truncated = False
    assert attributes.attributes("wanda", deadline=SOON)["warehouses"] == ("WH01", "WH02")
