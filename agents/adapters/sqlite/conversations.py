"""Conversations in SQLite."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.connection import Database
from agents.runtime.conversations import KEEP_DAYS, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agents.runtime.conversations import ConversationKey

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS message (
    tenant TEXT NOT NULL, subject TEXT NOT NULL, conversation_id TEXT NOT NULL, message_id TEXT NOT NULL,
    role TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, agent TEXT NOT NULL, config_version TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, conversation_id, message_id))
"""


class SqliteConversationStore:
    """The `ConversationStore`. `clock` says which messages are past their time, in UTC."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime]) -> None:
        self._database = Database(path, _SCHEMA)
        self._clock = clock

    def append(self, conversation: ConversationKey, messages: Sequence[Message]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (conversation.tenant, conversation.subject, conversation.conversation_id, m.message_id,
                     m.role, m.text, m.at.isoformat(), m.agent, m.config_version)
                    for m in messages
                ],
            )  # fmt: skip

    def window(self, conversation: ConversationKey, *, limit: int) -> tuple[Message, ...]:
        oldest = (self._clock() - timedelta(days=KEEP_DAYS)).isoformat()
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT message_id, role, text, at, agent, config_version FROM message"
                " WHERE tenant = ? AND subject = ? AND conversation_id = ? AND at > ?"
                " ORDER BY message_id DESC LIMIT ?",
                (conversation.tenant, conversation.subject, conversation.conversation_id, oldest, limit),
            ).fetchall()
        return tuple(
            Message(
                message_id=message_id,
                role=role,
                text=text,
                at=datetime.fromisoformat(at),
                agent=agent,
                config_version=config_version,
            )
            for message_id, role, text, at, agent, config_version in reversed(rows)
        )

    def close(self) -> None:
        """Releases the file."""
        self._database.close()
