"""Configuration in DynamoDB: versions, heads and the change log in one table.

    <tenant>#version#<key>#<layer>   <number>        a version, which never changes
    <tenant>#head                    <key>#<layer>   number and digest of the newest version
    <tenant>#change                  <sequence>      an item of the change feed
    <tenant>#sequence                last            the newest change's sequence

One transaction writes all four, so the log has no gaps and a head never points to nothing. The heads decide
conflicts; writers of different documents collide on the sequence only, and such a collision is tried again.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

from agents.adapters.dynamodb.table import MAX_KEYS, TransactionLostError
from agents.configuration.documents import START, Appended, Change, Changes, Version
from agents.configuration.stores import check_drafts, conflict, next_version, position
from agents.contract import Keys
from agents.errors import GapError, InvalidError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agents.adapters.dynamodb.table import Item, Key, Request, Table
    from agents.configuration.documents import Cursor, Draft

MAX_APPEND_BYTES: Final = 3_500_000  # a transaction holds 4 MB
ATTEMPTS: Final = 60
_FIRST_WAIT_S: Final = 0.01
_LONGEST_WAIT_S: Final = 0.25
_MOVED: Final = "ConditionalCheckFailed"


class DynamoDbConfigStore:
    """The `ConfigStore` of one tenant.

    `clock` gives the time of a version, in UTC; `random`, from 0 to 1, spreads writers that collided; `sleep` waits.
    """

    def __init__(
        self,
        table: Table,
        *,
        tenant: str,
        clock: Callable[[], datetime],
        random: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = table
        self._tenant = tenant
        self._clock = clock
        self._random = random
        self._sleep = sleep

    def append(self, drafts: Sequence[Draft]) -> Appended:
        texts = check_drafts(drafts)
        if sum(len(text.encode()) for text in texts) > MAX_APPEND_BYTES:
            raise InvalidError(f"an append holds at most {MAX_APPEND_BYTES:,} bytes", fix="Append in smaller groups.")
        for attempt in range(ATTEMPTS):
            try:
                return self._append_once(drafts, texts)
            except TransactionLostError as lost:
                # Order of the actions: sequence first, then the heads.
                if _MOVED in lost.reasons[1 : 1 + len(drafts)]:
                    late = drafts[lost.reasons[1:].index(_MOVED)]
                    raise conflict(late, f"is no longer at version {late.expected}") from lost
            self._sleep(self._random() * min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**attempt))
        raise UnavailableError("too many writers publish at once", fix="Try again in a moment.")

    def heads(self, addresses: Sequence[tuple[str, str]]) -> tuple[Version | None, ...]:
        heads: list[Item | None] = []
        for start in range(0, len(addresses), MAX_KEYS):
            heads += self._snapshot([self._head(key, layer) for key, layer in addresses[start : start + MAX_KEYS]])
        # Versions never change, so they may be read after the moment at which the heads were.
        wanted = [
            (Keys.versions(self._tenant, key, layer), Keys.number(int(head["number"]))) if head else None
            for (key, layer), head in zip(addresses, heads, strict=True)
        ]
        found = self._table.get_many(list({key for key in wanted if key}))
        return tuple(_version(found[key]) if key else None for key in wanted)

    def version(self, key: str, layer: str, number: int) -> Version:
        item = self._table.get((Keys.versions(self._tenant, key, layer), Keys.number(number)))
        if item is None:
            raise NotFoundError(f"{key} ({layer}) has no version {number}", fix="List its history.")
        return _version(item)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        items = self._table.query(
            Keys.versions(self._tenant, key, layer),
            limit=limit,
            newest_first=True,
            below=None if before is None else Keys.number(before),
        )
        return tuple(_version(item) for item in items)

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        start = position(after)
        items = self._table.query(Keys.changes(self._tenant), limit=limit, above=Keys.number(start))
        if items and int(items[0]["sk"]) != start + 1:
            raise GapError("the change log no longer reaches back to this cursor", fix="Read the full state again.")
        changes = tuple(
            Change(
                cursor=str(int(item["sk"])),
                key=str(item["key"]),
                layer=str(item["layer"]),
                number=int(item["number"]),
                at=datetime.fromisoformat(str(item["at"])),
            )
            for item in items
        )
        return Changes(changes, changes[-1].cursor if changes else after)

    def tail(self) -> Cursor:
        item = self._table.get(self._sequence())
        return str(item["number"]) if item else START

    def _append_once(self, drafts: Sequence[Draft], texts: Sequence[str]) -> Appended:
        """Raises TransactionLostError when somebody else wrote between the read and the write."""
        keys = [self._sequence(), *(self._head(draft.key, draft.layer) for draft in drafts)]
        last, *heads = self._table.snapshot(keys)
        now = self._clock()
        before = int(last["number"]) if last else 0
        versions = [_next(draft, head, now) for draft, head in zip(drafts, heads, strict=True)]
        numbers = zip(keys, [before, *(draft.expected for draft in drafts)], strict=True)
        digests = ["", *(version.digest for version in versions)]
        advances = [before + len(drafts), *(version.number for version in versions)]
        actions = [
            self._advance(key, expected, number, digest_)
            for (key, expected), number, digest_ in zip(numbers, advances, digests, strict=True)
        ]
        for sequence, (version, text) in enumerate(zip(versions, texts, strict=True), before + 1):
            actions += self._record(version, text, sequence)
        self._table.transact(actions)
        return Appended(tuple(versions), str(before + len(drafts)))

    def _advance(self, key: Key, expected: int, number: int, digest_: str) -> Request:
        item: Item = {"pk": key[0], "sk": key[1], "number": number, "digest": digest_}
        if expected:
            return self._table.put_action(item, only_if="#number = :expected", expected=expected)
        return self._table.put_action(item)

    def _record(self, version: Version, text: str, sequence: int) -> list[Request]:
        at = version.created_at.isoformat()
        named: Item = {"key": version.key, "layer": version.layer, "number": version.number}
        stored: Item = {
            "pk": Keys.versions(self._tenant, version.key, version.layer),
            "sk": Keys.number(version.number),
            "digest": version.digest,
            "parent": version.parent,
            "author": version.author,
            "message": version.message,
            "created_at": at,
            "content": text,
            **named,
        }
        change: Item = {"pk": Keys.changes(self._tenant), "sk": Keys.number(sequence), "at": at, **named}
        return [self._table.put_action(stored), self._table.put_action(change)]

    def _snapshot(self, keys: Sequence[Key]) -> list[Item | None]:
        """A read of one moment collides with a write of the same items: again until it does not."""
        for attempt in range(ATTEMPTS):
            try:
                return self._table.snapshot(keys)
            except TransactionLostError:
                self._sleep(self._random() * min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**attempt))
        raise UnavailableError("too many writers publish at once", fix="Try again in a moment.")

    def _head(self, key: str, layer: str) -> Key:
        return Keys.heads(self._tenant), f"{key}#{layer}"

    def _sequence(self) -> Key:
        return Keys.sequence(self._tenant), "last"


def _next(draft: Draft, head: Item | None, now: datetime) -> Version:
    if head is None:
        return next_version(draft, head=0, parent="", now=now)
    return next_version(draft, head=int(head["number"]), parent=str(head["digest"]), now=now)


def _version(item: Item) -> Version:
    return Version(
        key=str(item["key"]),
        layer=str(item["layer"]),
        number=int(item["number"]),
        digest=str(item["digest"]),
        parent=str(item["parent"]),
        author=str(item["author"]),
        message=str(item["message"]),
        created_at=datetime.fromisoformat(str(item["created_at"])),
        content=json.loads(str(item["content"])),
    )
