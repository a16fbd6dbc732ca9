"""What every store of configuration decides in the same way; an adapter adds only how it reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.configuration.documents import MAX_DRAFTS, Version, check_draft, digest
from agents.errors import ConflictError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.configuration.documents import Cursor, Draft


def check_drafts(drafts: Sequence[Draft]) -> list[str]:
    """The canonical JSON of each; raises InvalidError for a bad one, too many, or two of one address."""
    if not 1 <= len(drafts) <= MAX_DRAFTS or len({(d.key, d.layer) for d in drafts}) < len(drafts):
        raise InvalidError(f"an append takes 1 to {MAX_DRAFTS} drafts of different documents")
    return [check_draft(draft).decode() for draft in drafts]


def next_version(draft: Draft, *, head: int, parent: str, now: datetime) -> Version:
    """The version that a draft becomes after number `head`, of digest `parent`; 0 and empty when there is none.

    Raises ConflictError when the draft was made from another head.
    """
    if draft.expected != head:
        raise conflict(draft, f"is at version {head}, not {draft.expected}")
    return Version(
        key=draft.key,
        layer=draft.layer,
        number=head + 1,
        digest=digest(draft.content),
        parent=parent,
        author=draft.author,
        message=draft.message,
        created_at=now,
        content=draft.content,
    )


def conflict(draft: Draft, what: str) -> ConflictError:
    """The error of a draft that came too late."""
    return ConflictError(f"{draft.key} ({draft.layer}) {what}", fix="Read it again, merge your edit, publish again.")


def position(cursor: Cursor) -> int:
    """The place of a cursor in the log, for stores that count it; raises InvalidError for another store's."""
    if cursor and not (cursor.isascii() and cursor.isdigit()):
        raise InvalidError(f"{cursor[:32]!r} is not a cursor of this store", fix="Start without a cursor.")
    return int(cursor or 0)
