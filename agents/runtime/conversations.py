"""Conversations: append-only messages, owned by one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a dataclass field
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

KEEP_DAYS: Final = 30  # a message is gone this long after it was written


@dataclass(frozen=True, kw_only=True)
class ConversationKey:
    """The owner is part of the key, so nobody reads a conversation by guessing its id.

    So is the persona: what a person was told in one is no history for another.
    """

    tenant: str
    subject: str
    conversation_id: str
    persona: str = ""

    @property
    def owner(self) -> str:
        """Whose it is, as stores write it. No persona has a slash in it, so no two owners read the same."""
        return f"{self.subject}/{self.persona}" if self.persona else self.subject


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. Ids are UUIDv7: they sort by time."""

    message_id: str
    role: Literal["user", "assistant"]
    text: str
    at: datetime
    agent: str = ""  # who answered; empty for the user's own
    config_version: str = ""  # digest of the configuration that answered
    began_at: datetime | None = None  # when the conversation began; None for what was written before this was kept


class ConversationStore(Protocol):
    """Both methods may raise UnavailableError."""

    def append(self, conversation: ConversationKey, messages: Sequence[Message]) -> None:
        """Adds messages, all or none. The same message twice is stored once."""

    def window(self, conversation: ConversationKey, *, limit: int) -> tuple[Message, ...]:
        """The newest messages, oldest first; empty for a conversation that is new or has expired."""
