"""What drafts are judged beside: read once, and never older than the last change when somebody looks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.documents import Draft
from agents.configuration.known_heads import KnownHeads
from agents.configuration.publish import Publisher
from agents.errors import GapError
from agents.runtime.registry import load_plugins
from agents.supply_chain import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agents.configuration.documents import Address, Changes, Content, Cursor, Version

BASE = ("agent/inventory", "base")
ENVIRONMENT = ("agent/inventory", "env:dev")
REGISTRY = load_plugins(["agents.supply_chain"])


class Counted(SqliteConfigStore):
    """Says which heads were read, and may have lost its log."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, tenant="default", clock=lambda: datetime(2026, 6, 30, tzinfo=UTC))
        self.asked: list[Address] = []
        self.cut = False

    def heads(self, addresses: Sequence[Address] | None = None) -> tuple[Version | None, ...]:
        self.asked.extend(addresses or ())
        return super().heads(addresses)

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        if self.cut:
            raise GapError("the log was cut")
        return super().changes(after=after, limit=limit)


def put(store: SqliteConfigStore, address: Address, content: Content, *, expected: int) -> None:
    key, layer = address
    store.append([Draft(key=key, layer=layer, content=content, author="olga", message="why", expected=expected)])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counted]:
    store = Counted(tmp_path / "store.db")
    put(store, BASE, document("inventory"), expected=0)
    yield store
    store.close()


def numbers(known: KnownHeads, *addresses: Address) -> list[int | None]:
    known.look()
    return [head.number if head else None for head in known.heads(addresses)]


def test_what_has_not_changed_is_read_once(store: Counted) -> None:
    """Also what is not there; a change has its own layer read again, and no other."""
    known = KnownHeads(store)
    assert numbers(known, BASE, ENVIRONMENT) == numbers(known, BASE, ENVIRONMENT) == [1, None]
    assert store.asked == [BASE, ENVIRONMENT]
    put(store, ENVIRONMENT, {"title": "Here"}, expected=0)
    assert numbers(known, ENVIRONMENT, BASE) == [1, 1]
    assert store.asked == [BASE, ENVIRONMENT, ENVIRONMENT]


def test_more_changes_than_are_looked_through_have_everything_read_again(store: Counted) -> None:
    """As many as one look takes, and then some."""
    known = KnownHeads(store)
    assert numbers(known, BASE) == [1]
    for number in range(250):
        put(store, ENVIRONMENT, {"title": str(number)}, expected=number)
    assert numbers(known, BASE, ENVIRONMENT) == [1, 250]
    assert store.asked == [BASE, BASE, ENVIRONMENT]


def test_a_log_that_was_cut_has_everything_read_again(store: Counted) -> None:
    """Nobody knows what changed in between."""
    known = KnownHeads(store)
    assert numbers(known, BASE) == [1]
    put(store, BASE, document("inventory"), expected=1)
    store.cut = True
    assert numbers(known, BASE) == [2]


def test_only_so_many_are_kept(store: Counted) -> None:
    """Those that nobody asked for the longest are read again."""
    known = KnownHeads(store)
    for number in range(200):
        numbers(known, BASE, ("agent/inventory", f"instance:i{number}"))
    assert store.asked.count(BASE) == 1
    numbers(known, ("agent/inventory", "instance:i0"))
    assert store.asked.count(("agent/inventory", "instance:i0")) == 2  # at first, and now


def test_who_looks_sees_what_was_written_before(store: Counted) -> None:
    """Many at once, of whom most are served by the look of another."""
    known = KnownHeads(store)

    def write(writer: int) -> None:
        address = ("agent/inventory", f"instance:i{writer}")
        for number in range(25):
            put(store, address, {"title": str(number)}, expected=number)
            assert numbers(known, address) == [number + 1]

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(write, range(8)))


def test_judging_changes_nothing_that_is_kept(store: Counted) -> None:
    """A publisher that judged a lot says the same of a draft as one that has just begun."""
    put(store, ("agent/defaults", "base"), document("defaults"), expected=0)
    contents: list[Content] = [
        {"title": "Here", "limits": {"turns": 3}},
        {"tools": {"$append": ["nothing_of_that_name"]}},
        {"limits": {"$remove": ["turns"]}},
        {"model": "nowhere", "access": {"personas": ["analyst"]}},
    ]
    drafts = [
        Draft(key="agent/inventory", layer="env:dev", content=one, author="olga", message="why", expected=0)
        for one in contents
    ]

    def publisher() -> Publisher:
        return Publisher(store, agents=REGISTRY.agents, tools=REGISTRY.tools, environment="dev")

    old = publisher()
    for draft in [*drafts, *drafts]:
        assert old.validate(draft) == publisher().validate(draft)
