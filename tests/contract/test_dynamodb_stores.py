"""What only the DynamoDB stores can meet: missing tables, an address that is away, limits, trimmed logs."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from agents.adapters.dynamodb.configuration import ATTEMPTS, DynamoDbConfigStore
from agents.adapters.dynamodb.conversations import MAX_MESSAGES, DynamoDbConversationStore
from agents.adapters.dynamodb.table import Table, TransactionLostError
from agents.configuration.cursors import position
from agents.configuration.documents import START, Draft
from agents.contract import CONFIGURATION, CONVERSATION, Keys
from agents.errors import ConflictError, GapError, InvalidError, SetupError, UnavailableError
from agents.runtime.conversations import ConversationKey, Message

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.emulator


def store(client: Any, tenant: str, table: str = CONFIGURATION.name, **options: Any) -> DynamoDbConfigStore:  # noqa: ANN401 - boto3 has no types
    options = {"random": random.Random(1).random} | options
    return DynamoDbConfigStore(Table(client, table), tenant=tenant, clock=lambda: datetime.now(UTC), **options)


def draft(key: str = "agent/sql", text: str = "", expected: int = 0) -> Draft:
    return Draft(key=key, layer="base", content={"text": text}, author="olga", message="m", expected=expected)


def test_a_missing_table_is_a_matter_of_setup(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Trying again would not help: the stack is not deployed, or another one is meant."""
    missing = store(dynamodb, tenant, table="elsewhere")
    for call in (missing.tail, lambda: missing.append([draft()]), lambda: missing.heads([("agent/sql", "base")])):
        with pytest.raises(SetupError, match="elsewhere"):
            call()


def test_a_table_that_is_away_is_unavailable(aws: dict[str, str], tenant: str) -> None:
    """A lost connection is our error, with nothing of the client's text."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    client = boto3.client("dynamodb", **aws | {"endpoint_url": "http://127.0.0.1:9"}, config=config)
    away = store(client, tenant)
    for call in (away.tail, lambda: away.append([draft()]), lambda: away.changes(after=START, limit=1)):
        with pytest.raises(UnavailableError, match="does not answer") as caught:
            call()
        assert "127.0.0.1" not in str(caught.value)
    client.close()


def test_more_than_a_transaction_holds_is_refused(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Each document is small enough, together they are not; nothing is stored."""
    config = store(dynamodb, tenant)
    with pytest.raises(InvalidError, match="bytes"):
        config.append([draft(f"agent/a{n}", "x" * 200_000) for n in range(20)])
    assert config.tail() == START


def test_a_trimmed_log_says_that_it_was(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """A reader that was away too long reads the full state again, instead of missing a change in silence."""
    config = store(dynamodb, tenant)
    cursors = [config.append([draft(text=str(number), expected=number)]).cursor for number in range(3)]
    for sequence in (1, 2):
        key = {"pk": {"S": Keys.changes(tenant)}, "sk": {"S": Keys.number(sequence)}}
        dynamodb.delete_item(TableName=CONFIGURATION.name, Key=key)
    with pytest.raises(GapError):
        config.changes(after=cursors[0], limit=5)
    assert config.changes(after=cursors[2], limit=5).items == ()


def test_a_table_that_was_put_back_to_a_moment_tells_so(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """AWS restores a table without asking us: a cursor of what came after that moment is a gap there."""

    def items() -> list[Any]:
        found = dynamodb.scan(TableName=CONFIGURATION.name, ConsistentRead=True)["Items"]
        return [item for item in found if item["pk"]["S"].startswith(f"{tenant}#")]

    config = store(dynamodb, tenant)
    kept = config.append([draft()]).cursor
    then = items()
    lost = config.append([draft(text="lost", expected=1)]).cursor
    for item in items():
        dynamodb.delete_item(TableName=CONFIGURATION.name, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in then:
        dynamodb.put_item(TableName=CONFIGURATION.name, Item=item)
    new = config.append([draft(text="new", expected=1)]).cursor
    assert position(new).number == position(lost).number
    with pytest.raises(GapError):
        config.changes(after=lost, limit=5)
    assert [change.cursor for change in config.changes(after=kept, limit=5).items] == [new]


def test_what_was_written_before_there_were_marks_goes_on(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - as above
    """Tables are not migrated: changes and heads of older programs have neither mark nor time."""
    config = store(dynamodb, tenant)
    config.append([draft()])
    for pk, sk, names in (
        (Keys.changes(tenant), Keys.number(1), "mark"), (Keys.sequence(tenant), "last", "mark"),
        (Keys.heads(tenant), "agent/sql#base", "created_at"),
    ):  # fmt: skip
        dynamodb.update_item(TableName=CONFIGURATION.name, Key={"pk": {"S": pk}, "sk": {"S": sk}},
                             UpdateExpression=f"REMOVE {names}")  # fmt: skip
    assert config.tail() == "1"
    assert config.changes(after=START, limit=5).cursor == "1"
    new = config.append([draft(text="new", expected=1)]).cursor
    assert position(new).mark
    assert [change.cursor for change in config.changes(after="1", limit=5).items] == [new]


class Contended(Table):
    """The real table, on which another writer is always a moment faster: `others` runs before each transaction."""

    others: Callable[[], object]

    def transact(self, actions: Any) -> None:  # noqa: ANN401 - as the base
        self.others()
        super().transact(actions)


def test_a_collision_on_the_sequence_alone_is_tried_again(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Writers of different documents both succeed, and the waits between tries grow at random."""
    other = store(dynamodb, tenant)
    turns = iter(range(3))
    waits: list[float] = []
    table = Contended(dynamodb, CONFIGURATION.name)

    def others() -> None:
        if (turn := next(turns, None)) is not None:
            other.append([draft(f"agent/other{turn}")])

    table.others = others
    mine = DynamoDbConfigStore(
        table, tenant=tenant, clock=lambda: datetime.now(UTC), random=lambda: 0.5, sleep=waits.append
    )
    assert position(mine.append([draft()]).cursor).number == 4
    assert waits == [0.005, 0.01, 0.02]


def test_a_head_that_moves_meanwhile_is_a_conflict(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Between the read and the write, where no test of the read alone would see it; the error names the document."""
    other = store(dynamodb, tenant)
    table = Contended(dynamodb, CONFIGURATION.name)
    table.others = lambda: other.append([draft("agent/b")]) and None
    mine = DynamoDbConfigStore(table, tenant=tenant, clock=lambda: datetime.now(UTC), random=random.Random(1).random)
    with pytest.raises(ConflictError, match="agent/b"):
        mine.append([draft("agent/a"), draft("agent/b")])
    assert other.heads([("agent/a", "base")]) == (None,)


def test_endless_collisions_end(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """After a bounded number of tries the caller is told to come back."""
    table = Contended(dynamodb, CONFIGURATION.name)
    tries = []

    def others() -> None:
        tries.append(1)
        raise TransactionLostError(["ConditionalCheckFailed", "None", "None", "None"])

    table.others = others
    mine = DynamoDbConfigStore(
        table, tenant=tenant, clock=lambda: datetime.now(UTC), random=lambda: 0.0, sleep=lambda _: None
    )
    with pytest.raises(UnavailableError, match="too many writers"):
        mine.append([draft()])
    assert len(tries) == ATTEMPTS


class Refusing:
    """The real client, whose transactions are cancelled for a reason."""

    def __init__(self, client: Any, reason: str) -> None:  # noqa: ANN401 - boto3 has no types
        self._client = client
        self._reason = reason
        self.tries = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._client, name)

    def transact_write_items(self, TransactItems: list[Any]) -> None:  # noqa: N803 - DynamoDB's word
        self.tries += 1
        reasons = [{"Code": "None"} for _ in TransactItems[1:]]
        said = {"Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": [{"Code": self._reason}, *reasons]}  # fmt: skip
        raise ClientError(said, "TransactWriteItems")


@pytest.mark.parametrize("reason", ["ValidationError", "ItemCollectionSizeLimitExceeded", "DuplicateItem"])
def test_what_stays_wrong_is_not_tried_again(dynamodb: Any, tenant: str, reason: str) -> None:  # noqa: ANN401 - boto3 has no types
    """A defect is a defect at once, and nobody is told of other writers."""
    client = Refusing(dynamodb, reason)
    with pytest.raises(ClientError):
        store(client, tenant, sleep=lambda _: None).append([draft()])
    assert client.tries == 1


@pytest.mark.parametrize(
    ("reason", "told"), [("ThrottlingError", "busier"), ("ProvisionedThroughputExceeded", "busier"),
                         ("TransactionConflict", "too many writers")]
)  # fmt: skip
def test_what_may_pass_is_tried_again(dynamodb: Any, tenant: str, reason: str, told: str) -> None:  # noqa: ANN401 - boto3 has no types
    """And when it does not pass, its reason is told."""
    client = Refusing(dynamodb, reason)
    with pytest.raises(UnavailableError, match=told):
        store(client, tenant, sleep=lambda _: None).append([draft()])
    assert client.tries == ATTEMPTS


def test_messages_expire_in_dynamodb_too(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Each carries its expiry in epoch seconds, under the name that the table's TTL has."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    conversations = DynamoDbConversationStore(Table(dynamodb, CONVERSATION.name), clock=lambda: now)
    key = ConversationKey(tenant=tenant, subject="wanda", conversation_id="c1")
    conversations.append(key, [Message(message_id="m1", role="user", text="?", at=now)])
    address = {"pk": {"S": Keys.conversation(tenant, "wanda", "c1")}, "sk": {"S": "m1"}}
    item = dynamodb.get_item(TableName=CONVERSATION.name, Key=address)["Item"]
    assert CONVERSATION.expires is not None
    assert int(item[CONVERSATION.expires]["N"]) == int(now.timestamp()) + 30 * 86_400


def test_an_append_of_too_many_messages_is_refused(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """A turn writes two; a transaction has its limit."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    conversations = DynamoDbConversationStore(Table(dynamodb, CONVERSATION.name), clock=lambda: now)
    key = ConversationKey(tenant=tenant, subject="wanda", conversation_id="c1")
    many = [Message(message_id=f"m{n}", role="user", text="?", at=now) for n in range(MAX_MESSAGES + 1)]
    with pytest.raises(InvalidError):
        conversations.append(key, many)
