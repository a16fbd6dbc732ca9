"""Conversations that an older program wrote."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.runtime.conversations import ConversationKey, Message

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OLD = """CREATE TABLE message (
    tenant TEXT NOT NULL, subject TEXT NOT NULL, conversation_id TEXT NOT NULL, message_id TEXT NOT NULL,
    role TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, agent TEXT NOT NULL, config_version TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, conversation_id, message_id))"""


def test_a_file_from_before_layouts_were_counted_goes_on(tmp_path: Path) -> None:
    """What was said is there, and what is said from now on has when its conversation began."""
    path = tmp_path / "conversations.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(OLD)
        row = ("default", "wanda", "c1", "0190-000000", "assistant", "Yes.", NOW.isoformat(), "sql", "sha256:ab")
        connection.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    key = ConversationKey(tenant="default", subject="wanda", conversation_id="c1")
    new = Message(message_id="0190-000001", role="user", text="And now?", at=NOW, began_at=NOW)
    for _ in range(2):  # opened again, nothing is migrated again
        store = SqliteConversationStore(path, clock=lambda: NOW)
        store.append(key, [new])
        old, said = store.window(key, limit=9)
        store.close()
    assert (old.text, old.config_version, old.began_at) == ("Yes.", "sha256:ab", None)
    assert said == new
