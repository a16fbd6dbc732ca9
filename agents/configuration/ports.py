"""Where configuration is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.configuration.documents import Appended, Changes, Cursor, Draft, Version


class ConfigStore(Protocol):
    """Versions and their change log, of one tenant.

    Versions of a (key, layer) are numbered 1, 2, 3 without gaps and never change. Each append is durable before
    it returns, and its change items form one gapless log. Every method may raise UnavailableError.
    """

    def append(self, drafts: Sequence[Draft]) -> Appended:
        """Stores all drafts (1 to 25, of different addresses) or none.

        Raises ConflictError when a head is not the one a draft expects, InvalidError for a bad draft.
        """

    def heads(self, addresses: Sequence[tuple[str, str]]) -> tuple[Version | None, ...]:
        """The newest version of each (key, layer), in order."""

    def version(self, key: str, layer: str, number: int) -> Version:
        """One version; raises NotFoundError."""

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        """Versions with a number below `before` (all when None), newest first."""

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        """Changes after a cursor, oldest first; raises GapError when the log no longer reaches back to it."""

    def tail(self) -> Cursor:
        """The cursor of the newest change."""
