"""What every `InstanceStore` promises."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.adapters.dynamodb.instances import DynamoDbInstanceStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.configuration.instances import Ack
from agents.contract import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agents.configuration.ports import InstanceStore

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


def ack(instance: str = "i1", key: str = "agent/inventory", *, seen_at: datetime = NOW, digest: str = "d1") -> Ack:
    return Ack(
        instance=instance,
        key=key,
        digest=digest,
        versions={f"{key}@base": 3},
        cursor="17",
        status="applied",
        at=NOW,
        seen_at=seen_at,
    )


@pytest.fixture(params=["sqlite", pytest.param("dynamodb", marks=pytest.mark.emulator)])
def stores(request: pytest.FixtureRequest, tenant: str) -> Iterator[Callable[[str], InstanceStore]]:
    """Makes the store of a tenant."""
    made: list[SqliteInstanceStore] = []

    def make(name: str) -> InstanceStore:
        if request.param == "dynamodb":
            table = Table(request.getfixturevalue("dynamodb"), CONFIGURATION.name)
            return DynamoDbInstanceStore(table, tenant=tenant + name, clock=lambda: NOW)
        path = request.getfixturevalue("tmp_path") / "configuration.db"
        made.append(SqliteInstanceStore(path, tenant=tenant + name, clock=lambda: NOW))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(stores: Callable[[str], InstanceStore]) -> InstanceStore:
    return stores("")


AGES_AGO = NOW - timedelta(days=6)


def test_what_an_instance_said_is_read_back_whole(store: InstanceStore) -> None:
    """All that an acknowledgement says, also why it was refused and what runs instead."""
    refused = dataclasses.replace(
        ack("i2"), status="rejected", reason="no tool 'x'", running="d0", at=NOW - timedelta(microseconds=1)
    )
    store.ack([ack(), refused])
    store.ack([])
    assert store.acks(seen_after=AGES_AGO) == (ack(), refused)


def test_the_last_of_each_instance_and_document_is_kept(store: InstanceStore) -> None:
    """By instance and key, whatever their order of arrival."""
    newer = ack(digest="d2", seen_at=NOW + timedelta(microseconds=1))
    store.ack([ack("i2"), ack("i1", "agent/sql"), ack("i1"), newer])
    assert store.acks(seen_after=AGES_AGO) == (newer, ack("i1", "agent/sql"), ack("i2"))


def test_what_comes_late_does_not_replace_what_is_newer(store: InstanceStore) -> None:
    """Messages overtake each other; one of the same moment does replace."""
    newer = ack(digest="d2", seen_at=NOW + timedelta(milliseconds=1))
    store.ack([newer])
    store.ack([ack(), ack("i2")])
    assert store.acks(seen_after=AGES_AGO) == (newer, ack("i2"))
    store.ack([dataclasses.replace(newer, digest="d3")])
    assert store.acks(seen_after=AGES_AGO)[0].digest == "d3"


def test_instances_that_were_not_seen_since_are_left_out(store: InstanceStore) -> None:
    """Seen at that moment is not since."""
    store.ack([ack("old", seen_at=NOW - timedelta(seconds=60)), ack("live", seen_at=NOW)])
    assert [one.instance for one in store.acks(seen_after=NOW - timedelta(seconds=60))] == ["live"]


def test_instances_are_forgotten_after_a_week(store: InstanceStore) -> None:
    """Whether the database removed them already or not."""
    store.ack([ack(seen_at=NOW - timedelta(days=7)), ack("i2", seen_at=NOW - timedelta(days=6, hours=23))])
    assert [one.instance for one in store.acks(seen_after=datetime.min.replace(tzinfo=UTC))] == ["i2"]


def test_tenants_do_not_see_each_others_instances(stores: Callable[[str], InstanceStore]) -> None:
    """One table or file, two tenants."""
    stores("a").ack([ack()])
    assert stores("b").acks(seen_after=AGES_AGO) == ()
    assert stores("a").acks(seen_after=AGES_AGO) == (ack(),)


def test_two_hundred_instances_are_read_at_once(store: InstanceStore) -> None:
    """As many as follow one store."""
    store.ack([ack(f"i{n:03}") for n in range(200)])
    assert [one.instance for one in store.acks(seen_after=AGES_AGO)] == [f"i{n:03}" for n in range(200)]
