"""What every `ConversationStore` promises."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from agents.runtime.conversations import KEEP_DAYS, ConversationKey, Message

if TYPE_CHECKING:
    from datetime import datetime

    from agents.runtime.conversations import ConversationStore


class Clock(Protocol):
    now: datetime


@pytest.fixture
def conversation(tenant: str) -> ConversationKey:
    return ConversationKey(tenant=tenant, subject="wanda", persona="warehouse_manager", conversation_id="c1")


def message(number: int, at: datetime) -> Message:
    return Message(
        message_id=f"0190-{number:06d}",
        role="assistant" if number % 2 else "user",
        text=f"Nachricht {number} für Zürich",
        at=at,
        agent="sql" if number % 2 else "",
        config_version="sha256:ab" if number % 2 else "",
        began_at=at - timedelta(minutes=number) if number else None,  # which what was written long ago lacks
    )


def test_a_new_conversation_is_empty(conversation_store: ConversationStore, conversation: ConversationKey) -> None:
    """Nobody has to create a conversation before it is read."""
    assert conversation_store.window(conversation, limit=10) == ()


def test_messages_come_back_as_they_were_written(
    conversation_store: ConversationStore, conversation: ConversationKey, clock: Clock
) -> None:
    """Text, role, times, agent and configuration are kept."""
    written = [message(n, clock.now) for n in range(2)]
    conversation_store.append(conversation, written)
    assert conversation_store.window(conversation, limit=10) == tuple(written)


def test_a_window_is_the_newest_messages_oldest_first(
    conversation_store: ConversationStore, conversation: ConversationKey, clock: Clock
) -> None:
    """Of ten messages a window of three holds the last three, in the order they were said."""
    for n in range(10):
        conversation_store.append(conversation, [message(n, clock.now)])
    assert [m.message_id[-1] for m in conversation_store.window(conversation, limit=3)] == ["7", "8", "9"]


def test_the_same_message_twice_is_stored_once(
    conversation_store: ConversationStore, conversation: ConversationKey, clock: Clock
) -> None:
    """A repeated append changes nothing that was said, and still adds what is new."""
    first, second = (message(n, clock.now) for n in range(2))
    conversation_store.append(conversation, [first])
    conversation_store.append(conversation, [dataclasses.replace(first, text="something else"), second])
    conversation_store.append(conversation, [first, second])
    assert conversation_store.window(conversation, limit=10) == (first, second)


def test_nothing_to_append_is_no_error(conversation_store: ConversationStore, conversation: ConversationKey) -> None:
    """An empty append is done at once."""
    conversation_store.append(conversation, [])
    assert conversation_store.window(conversation, limit=1) == ()


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": "another"},
        {"subject": "felix"},
        {"persona": "field_engineer"},
        {"persona": ""},
        {"conversation_id": "c2"},
    ],
)
def test_a_conversation_is_read_by_its_owner_only(
    conversation_store: ConversationStore, conversation: ConversationKey, clock: Clock, other: dict[str, str]
) -> None:
    """Another tenant, person, persona or id finds nothing."""
    conversation_store.append(conversation, [message(0, clock.now)])
    assert conversation_store.window(dataclasses.replace(conversation, **other), limit=10) == ()


def test_messages_past_their_time_are_not_read(
    conversation_store: ConversationStore, conversation: ConversationKey, clock: Clock
) -> None:
    """A store that removes expired messages late does not show them meanwhile."""
    old, new = message(0, clock.now), message(1, clock.now + timedelta(days=KEEP_DAYS - 1))
    conversation_store.append(conversation, [old, new])
    clock.now += timedelta(days=KEEP_DAYS, seconds=1)
    assert conversation_store.window(conversation, limit=10) == (new,)
