"""Conversations in SQLite."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.connection import Database
from agents.runtime.conversations import KEEP_DAYS, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from sqlite3 import Connection

    from agents.runtime.conversations import ConversationKey

# Layout n of a file is the first n of these, which never change; `PRAGMA user_version` says which a file has.
# A file of before layouts were counted has the first, or is empty.
_LAYOUTS: Final = (
    """CREATE TABLE IF NOT EXISTS message (
    tenant TEXT NOT NULL, subject TEXT NOT NULL, conversation_id TEXT NOT NULL, message_id TEXT NOT NULL,
    role TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, agent TEXT NOT NULL, config_version TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, conversation_id, message_id))""",
    "ALTER TABLE message ADD COLUMN began_at TEXT",
)


class SqliteConversationStore:
    """The `ConversationStore`. `clock` says which messages are past their time, in UTC."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime]) -> None:
        self._database = Database(path, _migrate)
        self._clock = clock

    def append(self, conversation: ConversationKey, messages: Sequence[Message]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (conversation.tenant, conversation.owner, conversation.conversation_id, m.message_id,
                     m.role, m.text, m.at.isoformat(), m.agent, m.config_version,
                     m.began_at.isoformat() if m.began_at else None)
                    for m in messages
                ],
            )  # fmt: skip

    def window(self, conversation: ConversationKey, *, limit: int) -> tuple[Message, ...]:
        oldest = (self._clock() - timedelta(days=KEEP_DAYS)).isoformat()
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT message_id, role, text, at, agent, config_version, began_at FROM message"
                " WHERE tenant = ? AND subject = ? AND conversation_id = ? AND at > ?"
                " ORDER BY message_id DESC LIMIT ?",
                (conversation.tenant, conversation.owner, conversation.conversation_id, oldest, limit),
            ).fetchall()
        return tuple(
            Message(
                message_id=message_id,
                role=role,
                text=text,
                at=datetime.fromisoformat(at),
                agent=agent,
                config_version=config_version,
                began_at=datetime.fromisoformat(began_at) if began_at else None,
            )
            for message_id, role, text, at, agent, config_version, began_at in reversed(rows)
        )

    def close(self) -> None:
        """Releases the file."""
        self._database.close()


def _migrate(database: Database) -> None:
    with database.read() as connection:
        found = _layout(connection)
    if found < len(_LAYOUTS):
        with database.write() as connection:
            for statement in _LAYOUTS[_layout(connection) :]:  # somebody else may have done it meanwhile
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(_LAYOUTS)}")


def _layout(connection: Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
