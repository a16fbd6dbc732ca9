"""How configuration lies in a SQLite file, and how a file of an older layout becomes one of this.

`PRAGMA user_version` is the layout of a file. A migration is never changed once it was released; a new layout is a new
migration at the end, and a file of each layout in `tests/agents/adapters/sqlite/layouts`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.versions import Row, as_microseconds, digest_bytes, insert, place
from agents.errors import SetupError

if TYPE_CHECKING:
    import sqlite3

    from agents.adapters.sqlite.connection import Database

# A version's id is its document's, times 2^32, plus its number: versions of a layer lie side by side, and no index is
# needed. Times are microseconds since 1970, digests the bytes that their hex digits name.
_LAYOUT_1: Final = (
    """CREATE TABLE document (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, key TEXT NOT NULL, layer TEXT NOT NULL,
    UNIQUE (tenant, key, layer))""",
    """CREATE TABLE version (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL, parent BLOB NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL,
    created_at INTEGER NOT NULL, form INTEGER NOT NULL, content BLOB NOT NULL)""",
    "CREATE TABLE head (document INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    """CREATE TABLE label (
    document INTEGER NOT NULL, label TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (document, label)) WITHOUT ROWID""",
    """CREATE TABLE change (
    tenant TEXT NOT NULL, sequence INTEGER NOT NULL, document INTEGER NOT NULL, number INTEGER NOT NULL,
    at INTEGER NOT NULL, label TEXT NOT NULL,
    PRIMARY KEY (tenant, sequence)) WITHOUT ROWID""",
    """CREATE TABLE request (
    tenant TEXT NOT NULL, idempotency_key TEXT NOT NULL, memo TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, idempotency_key)) WITHOUT ROWID""",
    "CREATE INDEX request_expires ON request (expires_at)",
    """CREATE TABLE instance (
    tenant TEXT NOT NULL, instance TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, versions TEXT NOT NULL,
    cursor TEXT NOT NULL, status TEXT NOT NULL, at INTEGER NOT NULL, seen_at INTEGER NOT NULL, running TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant, instance, key)) WITHOUT ROWID""",
)


def migrate(database: Database) -> None:
    """Brings a file to this layout, or makes a new one; raises SetupError for a file of a layout to come."""
    with database.read() as connection:
        found = _layout(connection)
    if found < len(_MIGRATIONS):
        with database.write() as connection:
            # Somebody else may have done it meanwhile.
            for migration in _MIGRATIONS[_layout(connection) :]:
                migration(connection)
            connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def _layout(connection: sqlite3.Connection) -> int:
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > len(_MIGRATIONS):
        raise SetupError(
            f"the store was written by a newer program: layout {found}, this one knows {len(_MIGRATIONS)}",
            fix="Update this program, or restore a backup that it made.",
        )
    return found


def _from_rows(connection: sqlite3.Connection) -> None:
    """Layout 0 kept each version whole, with its address; an empty file is layout 0 too."""
    old = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('version', 'change')").fetchone()[0]
    if old:
        connection.execute("ALTER TABLE version RENAME TO version_0")
        connection.execute("ALTER TABLE change RENAME TO change_0")
    for statement in _LAYOUT_1:
        connection.execute(statement)
    if not old:
        return
    connection.execute("INSERT INTO document (tenant, key, layer) SELECT DISTINCT tenant, key, layer FROM version_0")
    rows = connection.execute(
        "SELECT d.id, v.number, v.digest, v.parent, v.author, v.message, v.created_at, v.content"
        " FROM version_0 v JOIN document d USING (tenant, key, layer) ORDER BY d.id, v.number"
    )
    for document, number, digest, parent, author, message, created_at, text in rows:
        row = Row(
            id=place(document, number),
            digest=digest_bytes(digest),
            parent=digest_bytes(parent),
            author=author,
            message=message,
            created_at=as_microseconds(datetime.fromisoformat(created_at)),
        )
        insert(connection, row, text)
    changes = connection.execute(
        "SELECT c.tenant, c.sequence, d.id, c.number, c.at FROM change_0 c JOIN document d USING (tenant, key, layer)"
    ).fetchall()
    connection.executemany(
        "INSERT INTO change VALUES (?, ?, ?, ?, ?, '')",
        [(*change[:4], as_microseconds(datetime.fromisoformat(change[4]))) for change in changes],
    )
    connection.execute("DROP TABLE version_0")
    connection.execute("DROP TABLE change_0")


def _marks(connection: sqlite3.Connection) -> None:
    """Changes have a mark from here on; those before keep the cursors that readers have of them, without one."""
    connection.execute("ALTER TABLE change ADD COLUMN mark TEXT NOT NULL DEFAULT ''")


_MIGRATIONS: Final = (_from_rows, _marks)
