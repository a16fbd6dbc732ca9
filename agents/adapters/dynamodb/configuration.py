"""Configuration in DynamoDB: versions, heads, labels and the change log in one table.

    <tenant>#version#<key>#<layer>   <number>        a version, which never changes
    <tenant>#head                    <key>#<layer>   number, digest and time of the newest version
    <tenant>#label                   <key>#<layer>   what the labels name, and how often they moved
    <tenant>#change                  <sequence>      an item of the change feed
    <tenant>#sequence                last            the newest change's sequence and mark
    <tenant>#request                 <key>           what an idempotency key stored

One transaction writes them all, so the log has no gaps and a head never points to nothing. A transaction that was
lost is tried again from its reads, which tell who came too late; writers of different documents collide on the
sequence only.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from agents.adapters.dynamodb.items import (
    LAST,
    appended_items,
    head_item,
    head_of,
    labels_item,
    last_item,
    place_of,
    version_of,
)
from agents.adapters.dynamodb.keeping import batches, prune_once, restore
from agents.adapters.dynamodb.table import ALL, MAX_KEYS, MOVED, TransactionLostError
from agents.configuration.cursors import Place, check_reach, position
from agents.configuration.documents import START, Appended, Change, Changes
from agents.configuration.stores import REMEMBERED, Head, check_items, memo, no_version, plan, recall
from agents.contract import CONFIGURATION, Keys
from agents.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from agents.adapters.dynamodb.table import Item, Key, Request, Table
    from agents.configuration.documents import Address, Cursor, Draft, LabelMove, Version
    from agents.configuration.stores import Checked

_T = TypeVar("_T")
MAX_APPEND_BYTES: Final = 3_500_000  # a transaction holds 4 MB
ATTEMPTS: Final = 60
_FIRST_WAIT_S: Final = 0.01
_LONGEST_WAIT_S: Final = 0.25
_EXPIRES: Final = CONFIGURATION.expires or ""


class DynamoDbConfigStore:
    """The `ConfigStore` and `StoreAdmin` of one tenant.

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

    def append(self, items: Sequence[Draft | LabelMove], *, idempotency_key: str = "") -> Appended:
        checked = check_items(items, idempotency_key)
        if sum(len(text.encode()) for text in checked.texts) > MAX_APPEND_BYTES:
            raise InvalidError(f"an append holds at most {MAX_APPEND_BYTES:,} bytes", fix="Append in smaller groups.")
        return self._until_won(lambda: self._append_once(checked))

    def heads(self, addresses: Sequence[Address] | None = None) -> tuple[Version | None, ...]:
        """See `ConfigStore`. Those of up to 100 addresses are of one moment; more, or all, each of its own."""
        heads: list[Item | None] = []
        if addresses is None:
            heads += self._table.query(Keys.heads(self._tenant), limit=ALL)
            addresses = [_address(str(head["sk"])) for head in heads if head]
        else:
            for start in range(0, len(addresses), MAX_KEYS):
                heads += self._snapshot([self._head(address) for address in addresses[start : start + MAX_KEYS]])
        # Versions never change, so they may be read after the moment at which the heads were.
        wanted = [
            (Keys.versions(self._tenant, *address), Keys.number(int(head["number"]))) if head else None
            for address, head in zip(addresses, heads, strict=True)
        ]
        found = self._table.get_many(list({key for key in wanted if key}))
        return tuple(version_of(found[key]) if key else None for key in wanted)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        items = self._table.query(
            Keys.versions(self._tenant, key, layer),
            limit=limit,
            newest_first=True,
            below=None if before is None else Keys.number(max(before, 0)),
        )
        return tuple(version_of(item) for item in items)

    def labels(self, key: str, layer: str) -> Mapping[str, int]:
        return _labels(self._table.get(self._labels((key, layer))))

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        start = position(after)
        # From the cursor's own item on, if there is one: a log that does not have it is another, or was trimmed.
        above = Keys.number(max(start.number - 1, 0))
        items = self._table.query(Keys.changes(self._tenant), limit=limit + 1, above=above)
        check_reach(start, map(place_of, items))
        changes = tuple(
            Change(
                cursor=place_of(item).cursor,
                key=str(item["key"]),
                layer=str(item["layer"]),
                number=int(item["number"]),
                at=datetime.fromisoformat(str(item["at"])),
                label=str(item.get("label", "")),
            )
            for item in items
            if int(item["sk"]) > start.number
        )[:limit]
        return Changes(changes, changes[-1].cursor if changes else after)

    def tail(self) -> Cursor:
        item = self._table.get(self._sequence())
        return place_of(item).cursor if item else START

    def prune(self, key: str, layer: str, numbers: Collection[int]) -> None:
        """See `StoreAdmin`. What a label names is kept as well."""
        for some in batches(numbers):
            self._until_won(lambda some=some: prune_once(self._table, self._tenant, (key, layer), some))  # type: ignore[misc]  # a default binds

    def restore(self, versions: Sequence[Version], labels: Mapping[tuple[str, str, str], int]) -> None:
        """See `StoreAdmin`. One that was cut short is begun again, with the same; until its end nothing is appended."""
        restore(self._table, self._tenant, versions, labels, now=self._clock())

    def _append_once(self, checked: Checked) -> Appended:
        """Raises TransactionLostError when somebody else wrote between the read and the write."""
        now = self._clock()
        addresses, labelled = checked.addresses, checked.labelled
        wanted = [self._sequence(), *map(self._head, addresses), *map(self._labels, labelled)]
        if checked.idempotency_key:
            wanted.append(self._request(checked))
        last, *found = self._table.snapshot(wanted)
        if checked.idempotency_key and (kept := found.pop()) and int(kept[_EXPIRES]) > now.timestamp():
            return recall(str(kept["memo"]), checked)
        heads = {
            address: head_of(head) for address, head in zip(addresses, found[: len(addresses)], strict=True) if head
        }
        labels = dict(zip(labelled, found[len(addresses) :], strict=True))
        planned = plan(checked, heads=heads, labels={at: _labels(one) for at, one in labels.items()}, now=now)
        before = place_of(last) if last else Place()
        new, end = appended_items(self._tenant, checked, planned, end=before)
        # Versions that labels name must be there still: these conditions come first, where their answers are found.
        actions = [
            self._table.check_action((Keys.versions(self._tenant, *at), Keys.number(number)), "attribute_exists(pk)")
            for at, number in planned.needed
        ]
        actions.append(self._advance(last_item(self._tenant, end), before.number))
        reached = {(version.key, version.layer): version for version in planned.versions}
        for address, version in reached.items():
            actions.append(self._advance(head_item(self._tenant, version), heads.get(address, Head()).number))
        for address, named in planned.labels.items():
            moved = _moves(labels[address])
            actions.append(self._advance(labels_item(self._tenant, address, named, moves=moved + 1), moved))
        actions += [self._table.put_action(item) for item in new]
        appended = Appended(planned.versions, end.cursor)
        if checked.idempotency_key:
            actions.append(self._remember(checked, appended, now))
        try:
            self._table.transact(actions)
        except TransactionLostError as lost:
            for (address, number), reason in zip(planned.needed, lost.reasons, strict=False):
                if reason == MOVED:
                    raise no_version(*address, number) from lost
            raise
        return appended

    def _advance(self, item: Item, expected: int) -> Request:
        """Puts an item that counts, if it still counts `expected`; 0: if it is not there."""
        if expected:
            return self._table.put_action(item, only_if="#number = :number", number=expected)
        return self._table.put_action(item)

    def _remember(self, checked: Checked, appended: Appended, now: datetime) -> Request:
        pk, sk = self._request(checked)
        expires = int((now + REMEMBERED).timestamp())
        item: Item = {"pk": pk, "sk": sk, "memo": memo(checked, appended), _EXPIRES: expires}
        free = f"attribute_not_exists(pk) OR #{_EXPIRES} <= :{_EXPIRES}"
        return self._table.put_action(item, only_if=free, **{_EXPIRES: int(now.timestamp())})

    def _snapshot(self, wanted: Sequence[Key]) -> list[Item | None]:
        """A read of one moment collides with a write of the same items: again until it does not."""
        return self._until_won(lambda: self._table.snapshot(wanted))

    def _until_won(self, attempt: Callable[[], _T]) -> _T:
        busy = False
        for number in range(ATTEMPTS):
            try:
                return attempt()
            except TransactionLostError as lost:
                busy = lost.busy
                self._sleep(self._random() * min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**number))
        why = "the table is busier than it may be" if busy else "too many writers publish at once"
        raise UnavailableError(why, fix="Try again in a moment.")

    def _head(self, address: Address) -> Key:
        return Keys.heads(self._tenant), "#".join(address)

    def _labels(self, address: Address) -> Key:
        return Keys.labels(self._tenant), "#".join(address)

    def _sequence(self) -> Key:
        return Keys.sequence(self._tenant), LAST

    def _request(self, checked: Checked) -> Key:
        return Keys.requests(self._tenant), checked.idempotency_key


def _address(sort_key: str) -> Address:
    key, _, layer = sort_key.partition("#")
    return key, layer


def _labels(item: Item | None) -> dict[str, int]:
    return dict(sorted(json.loads(str(item["labels"])).items())) if item else {}


def _moves(item: Item | None) -> int:
    return int(item["number"]) if item else 0
