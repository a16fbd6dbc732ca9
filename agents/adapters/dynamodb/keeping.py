"""Pruning and restoring configuration in DynamoDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from agents.adapters.dynamodb.items import LAST, change_item, head_item, labels_item, last_item, version_item
from agents.adapters.dynamodb.table import MOVED, TransactionLostError
from agents.configuration.cursors import Place
from agents.configuration.documents import to_milliseconds
from agents.configuration.stores import check_restored, in_log_order, moves_of
from agents.contract import Keys
from agents.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from agents.adapters.dynamodb.table import Item, Table
    from agents.configuration.documents import Address, Version
    from agents.configuration.stores import Step

_TOGETHER: Final = 10  # items of a transaction: each may have 256 KiB, and all of them 4 MB


def batches(numbers: Collection[int]) -> Iterator[list[int]]:
    """The numbers by as many as one transaction forgets."""
    ordered = sorted(set(numbers))
    for start in range(0, len(ordered), _TOGETHER):
        yield ordered[start : start + _TOGETHER]


def prune_once(table: Table, tenant: str, address: Address, numbers: Sequence[int]) -> None:
    """Forgets versions but the head and what a label names. Raises TransactionLostError when a label moved."""
    place = "#".join(address)
    labels_key = Keys.labels(tenant), place
    head, labels = table.snapshot([(Keys.heads(tenant), place), labels_key])
    if head is None:
        return
    kept = {int(head["number"])}
    unmoved = table.check_action(labels_key, "attribute_not_exists(pk)")
    if labels is not None:
        kept |= set(json.loads(str(labels["labels"])).values())
        unmoved = table.check_action(labels_key, "#number = :number", number=int(labels["number"]))
    gone = [number for number in numbers if number not in kept]
    if gone:
        partition = Keys.versions(tenant, *address)
        table.transact([unmoved, *(table.delete_action((partition, Keys.number(number))) for number in gone)])


def restore(
    table: Table, tenant: str, versions: Sequence[Version], labels: Mapping[tuple[str, str, str], int], *, now: datetime
) -> None:
    """Fills an empty store; the sequence comes last, and without it nobody can append."""
    texts = check_restored(versions, labels)
    if table.get((Keys.sequence(tenant), LAST)) is not None or _changes(table, tenant) > len(versions) + len(labels):
        raise _not_empty()
    _put(table, [version_item(tenant, one, text) for one, text in zip(versions, texts, strict=True)], "digest")
    moves, end, now = moves_of(labels), Place(), to_milliseconds(now)
    steps: list[tuple[Step, datetime]] = [(one, one.created_at) for one in in_log_order(versions)]
    logged = []
    for step, at in [*steps, *((move, now) for move in moves)]:
        end = end.after(step, at)
        logged.append(change_item(tenant, step, at, end))
    _put(table, logged, "key")
    heads: dict[Address, Version] = {}
    for one in sorted(versions, key=lambda version: version.number):
        heads[one.key, one.layer] = one
    named: dict[Address, dict[str, int]] = {}
    for move in moves:
        named.setdefault((move.key, move.layer), {})[move.label] = move.number
    _put(table, [head_item(tenant, one) for one in heads.values()], "digest")
    _put(table, [labels_item(tenant, address, names, moves=1) for address, names in named.items()], "labels")
    if logged:
        _put(table, [last_item(tenant, end)], "number")


def _put(table: Table, items: Sequence[Item], proof: str) -> None:
    """Puts items, those of an earlier try again.

    Raises ConflictError when another is in the place of one, UnavailableError when the table is busy.
    """
    for start in range(0, len(items), _TOGETHER):
        same = f"attribute_not_exists(pk) OR #{proof} = :{proof}"
        actions = [
            table.put_action(item, only_if=same, **{proof: _plain(item[proof])})
            for item in items[start : start + _TOGETHER]
        ]
        try:
            table.transact(actions)
        except TransactionLostError as lost:
            if MOVED in lost.reasons:
                raise _not_empty() from lost
            raise UnavailableError("the table is busy", fix="Restore the same again: it goes on.") from lost


def _plain(value: str | int | bytes) -> str | int:
    return value if isinstance(value, int) else str(value)


def _changes(table: Table, tenant: str) -> int:
    newest = table.query(Keys.changes(tenant), limit=1, newest_first=True)
    return int(newest[0]["sk"]) if newest else 0


def _not_empty() -> ConflictError:
    return ConflictError("the store is not empty", fix="Restore into a new store.")
