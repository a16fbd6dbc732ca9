"""Where configuration is kept, and what is known of the instances that run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from agents.configuration.documents import Address, Appended, Changes, Cursor, Draft, LabelMove, Version
    from agents.configuration.instances import Ack


class ConfigStore(Protocol):
    """Versions and their change log, of one tenant.

    Versions of a (key, layer) are numbered 1, 2, 3 without gaps and never change. Each append is durable before
    it returns, and its change items form one gapless log. Every method may raise UnavailableError.
    """

    def append(self, items: Sequence[Draft | LabelMove], *, idempotency_key: str = "") -> Appended:
        """Stores all drafts and label moves (1 to 25, of different addresses) or none.

        Raises ConflictError when a head or label is not the one expected, InvalidError for a bad draft or a label of a
        version that there is not. An idempotency key that was used within a day gives what was stored then, without
        storing anything; InvalidError when it was used for other items.
        """

    def heads(self, addresses: Sequence[Address] | None = None) -> tuple[Version | None, ...]:
        """The newest version of each (key, layer), in order; of every one there is, by key and layer, for None."""

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        """Versions with a number below `before` (all when None), newest first."""

    def labels(self, key: str, layer: str) -> Mapping[str, int]:
        """The labels of a layer, and the number that each names."""

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        """Changes after a cursor, oldest first; raises GapError when the log does not go on from it (`cursors`)."""

    def tail(self) -> Cursor:
        """The cursor of the newest change."""


class StoreAdmin(Protocol):
    """What only keeping a store in order needs. Raises UnavailableError."""

    def prune(self, key: str, layer: str, numbers: Collection[int]) -> None:
        """Forgets those versions of a layer; their numbers are never given again. The head is kept."""

    def restore(self, versions: Sequence[Version], labels: Mapping[tuple[str, str, str], int]) -> None:
        """Fills an empty store with versions as they were, and (key, layer, label) -> number.

        Raises ConflictError when it is not empty, InvalidError when a digest is not its content's.
        """


class InstanceStore(Protocol):
    """What each instance said last of what it runs, of one tenant. Raises UnavailableError."""

    def ack(self, acks: Sequence[Ack]) -> None:
        """Keeps each, unless a later one of the same instance and key is there."""

    def acks(self, *, seen_after: datetime) -> tuple[Ack, ...]:
        """The last of each instance and key that was seen since, by instance and key."""
