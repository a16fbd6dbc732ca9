"""Every port against every adapter: real SQLite files, real DynamoDB requests to the embedded emulator."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.conversations import DynamoDbConversationStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.contract import CONFIGURATION, CONVERSATION, TABLES
from delivery import emulator
from delivery.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.ports import ConfigStore
    from agents.runtime.conversations import ConversationStore

NOW = datetime(2026, 6, 30, 12, 0, 0, 123000, tzinfo=UTC)
STORES = [pytest.param("sqlite"), pytest.param("dynamodb", marks=pytest.mark.emulator)]
_numbers = itertools.count()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where an emulator of this test run answers, as arguments of `boto3.client`."""
    record = tmp_path_factory.mktemp("emulator") / "emulator.json"
    started = emulator.start(Places.here(), record)
    yield {
        "endpoint_url": started.url,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    emulator.stop(record)


@pytest.fixture(scope="session")
def dynamodb(aws: dict[str, str]) -> Iterator[Any]:
    """A client of an emulator that holds the tables of the contract."""
    client = boto3.client("dynamodb", **aws)
    for table in TABLES:
        client.create_table(
            TableName=table.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": table.partition_key, "KeyType": "HASH"},
                {"AttributeName": table.sort_key, "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in (table.partition_key, table.sort_key)
            ],
        )
    yield client
    client.close()


@pytest.fixture
def tenant() -> str:
    """A tenant of its own for each test: stores of one table must not see each other's."""
    return f"tenant{next(_numbers)}"


@pytest.fixture(params=STORES)
def config_store(request: pytest.FixtureRequest, clock: Clock, tenant: str) -> Iterator[ConfigStore]:
    if request.param == "sqlite":
        store = SqliteConfigStore(request.getfixturevalue("tmp_path") / "store.db", tenant=tenant, clock=clock)
        yield store
        store.close()
    else:
        table = Table(request.getfixturevalue("dynamodb"), CONFIGURATION.name)
        yield DynamoDbConfigStore(table, tenant=tenant, clock=clock, random=random.Random(1).random)


@pytest.fixture(params=STORES)
def conversation_store(request: pytest.FixtureRequest, clock: Clock) -> Iterator[ConversationStore]:
    if request.param == "sqlite":
        store = SqliteConversationStore(request.getfixturevalue("tmp_path") / "store.db", clock=clock)
        yield store
        store.close()
    else:
        yield DynamoDbConversationStore(Table(request.getfixturevalue("dynamodb"), CONVERSATION.name), clock=clock)
