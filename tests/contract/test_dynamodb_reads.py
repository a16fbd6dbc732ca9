"""DynamoDB is read consistently, and never through an index: what is behind is not what is there."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.instances import DynamoDbInstanceStore
from agents.adapters.dynamodb.table import Table
from agents.configuration.documents import START, Draft, LabelMove
from agents.configuration.instances import Ack
from agents.contract import CONFIGURATION, Keys
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.emulator
NOW = datetime(2026, 6, 30, tzinfo=UTC)


class Behind:
    """A client whose reads are of the past unless they ask not to be, and whose indexes hold nothing yet."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - boto3 has no types
        self._client = client
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:  # noqa: ANN401 - as above
            self.requests.append((name, request))
            asked = next(iter(request.get("RequestItems", {}).values()), request)
            if "IndexName" in request or (name in READS and not asked.get("ConsistentRead")):
                return {"Items": [], "Responses": {}}
            return getattr(self._client, name)(**request)

        return call


READS = {"get_item", "batch_get_item", "query", "scan"}


def test_a_store_whose_indexes_are_behind_misses_nothing(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """What was acknowledged is read at once, by every method; none of them names an index or scans."""
    client = Behind(dynamodb)
    table = Table(client, CONFIGURATION.name)
    store = DynamoDbConfigStore(table, tenant=tenant, clock=lambda: NOW, random=random.Random(1).random)
    move = LabelMove(key="agent/a", layer="base", label="stable", number=1, expected=0, author="o")
    draft = Draft(key="agent/a", layer="base", content={"n": 1}, author="o", message="", expected=0)
    appended = store.append([draft, move], idempotency_key="k")
    assert store.heads([("agent/a", "base")]) == store.heads() == appended.versions
    assert store.history("agent/a", "base", before=None, limit=9) == appended.versions
    assert store.labels("agent/a", "base") == {"stable": 1}
    assert store.changes(after=START, limit=9).cursor == store.tail() == appended.cursor
    store.prune("agent/a", "base", [1])
    assert DynamoDbInstanceStore(table, tenant=tenant, clock=lambda: NOW).acks(seen_after=NOW) == ()
    assert not [name for name, request in client.requests if "IndexName" in request or name == "scan"]
    assert {name for name, _ in client.requests} == READS - {"scan"} | {"transact_get_items", "transact_write_items"}


def test_a_report_reads_the_hours_that_it_asks_for(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """A week of sandboxes that are gone is not read to tell of the last hour."""
    client = Behind(dynamodb)
    store = DynamoDbInstanceStore(Table(client, CONFIGURATION.name), tenant=tenant, clock=lambda: NOW)
    for hours in range(0, 160, 4):
        said = NOW - timedelta(hours=hours)
        store.ack([Ack(instance=f"i{hours}", key="agent/a", digest="", versions={}, cursor="", status="applied",
                       at=said, seen_at=said)])  # fmt: skip
    client.requests.clear()
    assert [ack.instance for ack in store.acks(seen_after=NOW - timedelta(hours=1))] == ["i0"]
    assert len(client.requests) <= 3
    assert len(store.acks(seen_after=NOW - timedelta(days=7))) == 40


def test_an_instance_is_what_it_said_last(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - as above
    """In whichever hour, and by whichever clock."""
    store = DynamoDbInstanceStore(Table(dynamodb, CONFIGURATION.name), tenant=tenant, clock=lambda: NOW)
    for minutes, digest in ((50, "ahead"), (-10, "old"), (5, "now")):
        said = NOW + timedelta(minutes=minutes)
        store.ack([Ack(instance="i", key="agent/a", digest=digest, versions={}, cursor="", status="applied",
                       at=said, seen_at=said)])  # fmt: skip
    assert [ack.digest for ack in store.acks(seen_after=NOW - timedelta(hours=2))] == ["ahead"]


def test_contents_are_compressed_and_proven(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - as above
    """A prompt of 250 kB is a small item; one that was changed in the table is an error, never a configuration."""
    store = DynamoDbConfigStore(Table(dynamodb, CONFIGURATION.name), tenant=tenant, clock=lambda: NOW,
                                random=random.Random(1).random)  # fmt: skip
    store.append([Draft(key="agent/a", layer="base", content={"t": "stock " * 40_000}, author="", message="",
                        expected=0)])  # fmt: skip
    key = {"pk": {"S": Keys.versions(tenant, "agent/a", "base")}, "sk": {"S": Keys.number(1)}}
    item = dynamodb.get_item(TableName=CONFIGURATION.name, Key=key)["Item"]
    assert len(item["content"]["B"]) < 10_000
    for content in ({"S": '{"t":""}'}, {"B": b"no zlib"}, {"S": "no json"}):
        dynamodb.put_item(TableName=CONFIGURATION.name, Item=item | {"content": content})
        with pytest.raises(UnavailableError, match="version 1 of agent/a is damaged"):
            store.heads()


def test_a_version_from_before_contents_were_compressed_is_read(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - as above
    """Tables are not migrated: an item of either form is a version."""
    store = DynamoDbConfigStore(Table(dynamodb, CONFIGURATION.name), tenant=tenant, clock=lambda: NOW,
                                random=random.Random(1).random)  # fmt: skip
    (version,) = store.append(
        [Draft(key="agent/a", layer="base", content={"n": 1}, author="", message="", expected=0)]
    ).versions
    key = {"pk": {"S": Keys.versions(tenant, "agent/a", "base")}, "sk": {"S": Keys.number(1)}}
    item = dynamodb.get_item(TableName=CONFIGURATION.name, Key=key)["Item"]
    dynamodb.put_item(TableName=CONFIGURATION.name, Item=item | {"content": {"S": '{"n":1}'}})
    assert store.heads() == (version,)
