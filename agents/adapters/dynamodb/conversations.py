"""Conversations in DynamoDB: a partition for each, a message an item, the newest read first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, cast

from agents.adapters.dynamodb.table import TransactionLostError
from agents.contract import CONVERSATION, Keys
from agents.errors import InvalidError, UnavailableError
from agents.runtime.conversations import KEEP_DAYS, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agents.adapters.dynamodb.table import Item, Table
    from agents.runtime.conversations import ConversationKey

MAX_MESSAGES: Final = 25
_EXPIRES: Final = CONVERSATION.expires or ""
_ATTEMPTS: Final = 3


class DynamoDbConversationStore:
    """The `ConversationStore`. `clock` says which messages are past their time, in UTC."""

    def __init__(self, table: Table, *, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def append(self, conversation: ConversationKey, messages: Sequence[Message]) -> None:
        if not messages:
            return
        if len(messages) > MAX_MESSAGES:
            raise InvalidError(f"an append takes at most {MAX_MESSAGES} messages")
        pk = Keys.conversation(conversation.tenant, conversation.owner, conversation.conversation_id)
        new = list(messages)
        for _ in range(_ATTEMPTS):
            try:
                self._table.transact([self._table.put_action(_item(pk, message)) for message in new])
            except TransactionLostError as lost:
                new = [
                    message
                    for message, reason in zip(new, lost.reasons, strict=True)
                    if reason != "ConditionalCheckFailed"  # it is stored already
                ]
                if new:
                    continue
            return
        raise UnavailableError("the conversation is written by too many at once", fix="Try again in a moment.")

    def window(self, conversation: ConversationKey, *, limit: int) -> tuple[Message, ...]:
        pk = Keys.conversation(conversation.tenant, conversation.owner, conversation.conversation_id)
        items = self._table.query(pk, limit=limit, newest_first=True)
        # DynamoDB removes what has expired late, up to days.
        now = self._clock().timestamp()
        return tuple(_message(item) for item in reversed(items) if int(item[_EXPIRES]) > now)


def _item(pk: str, message: Message) -> Item:
    return {
        "pk": pk,
        "sk": message.message_id,
        "role": message.role,
        "text": message.text,
        "at": message.at.isoformat(),
        "agent": message.agent,
        "config_version": message.config_version,
        "began_at": message.began_at.isoformat() if message.began_at else "",
        _EXPIRES: int((message.at + timedelta(days=KEEP_DAYS)).timestamp()),
    }


def _message(item: Item) -> Message:
    began_at = str(item.get("began_at", ""))  # which older items lack
    return Message(
        message_id=str(item["sk"]),
        role=cast("Literal['user', 'assistant']", item["role"]),
        text=str(item["text"]),
        at=datetime.fromisoformat(str(item["at"])),
        agent=str(item["agent"]),
        config_version=str(item["config_version"]),
        began_at=datetime.fromisoformat(began_at) if began_at else None,
    )
