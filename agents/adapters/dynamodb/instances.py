"""What instances run, in DynamoDB: an item of the configuration table for each instance, document and hour.

<tenant>#<hour>#instance   <instance>#<key>   what it said last in that hour, unless something later is there

On Lambda each sandbox is an instance, so a week has many that are gone. A report asks for the last hour or so, and
reads the partitions of that time only.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from agents.adapters.dynamodb.table import ALL
from agents.configuration.instances import Ack
from agents.contract import CONFIGURATION, Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agents.adapters.dynamodb.table import Item, Table
    from agents.configuration.instances import Status

KEEP: Final = timedelta(days=7)  # after an instance was seen last
_HOUR: Final = timedelta(hours=1)
_EXPIRES: Final = CONFIGURATION.expires or ""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DynamoDbInstanceStore:
    """The `InstanceStore` of one tenant. `clock` says who was not seen for too long, in UTC."""

    def __init__(self, table: Table, *, tenant: str, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._tenant = tenant
        self._clock = clock

    def ack(self, acks: Sequence[Ack]) -> None:
        for ack in acks:
            seen_at = _microseconds(ack.seen_at)
            later = "attribute_not_exists(pk) OR #seen_at <= :seen_at"
            self._table.put(self._item(ack, seen_at), only_if=later, seen_at=seen_at)

    def acks(self, *, seen_after: datetime) -> tuple[Ack, ...]:
        now = self._clock()
        # DynamoDB removes what has expired late, up to days.
        after = max(seen_after, now - KEEP)
        newest: dict[tuple[str, str], Ack] = {}
        hour = after
        while _hour(hour) <= _hour(now + _HOUR):  # clocks of instances may be ahead of ours
            for item in self._table.query(self._partition(hour), limit=ALL):
                ack = _ack(item)
                known = newest.get((ack.instance, ack.key))
                if ack.seen_at > after and (known is None or ack.seen_at > known.seen_at):
                    newest[ack.instance, ack.key] = ack
            hour += _HOUR
        return tuple(newest[place] for place in sorted(newest))

    def _partition(self, at: datetime) -> str:
        return Keys.instances(f"{self._tenant}#{_hour(at)}")

    def _item(self, ack: Ack, seen_at: int) -> Item:
        return {
            "pk": self._partition(ack.seen_at),
            "sk": f"{ack.instance}#{ack.key}",
            "instance": ack.instance,
            "key": ack.key,
            "digest": ack.digest,
            "versions": json.dumps(dict(ack.versions)),
            "cursor": ack.cursor,
            "status": ack.status,
            "at": _microseconds(ack.at),
            "seen_at": seen_at,
            "running": ack.running,
            "reason": ack.reason,
            _EXPIRES: int((ack.seen_at + KEEP).timestamp()),
        }


def _ack(item: Item) -> Ack:
    return Ack(
        instance=str(item["instance"]),
        key=str(item["key"]),
        digest=str(item["digest"]),
        versions=json.loads(str(item["versions"])),
        cursor=str(item["cursor"]),
        status=cast("Status", item["status"]),
        at=_time(int(item["at"])),
        seen_at=_time(int(item["seen_at"])),
        running=str(item["running"]),
        reason=str(item["reason"]),
    )


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _time(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
