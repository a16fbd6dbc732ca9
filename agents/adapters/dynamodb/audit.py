"""The audit in DynamoDB: a partition for each day, a record an item, added and never changed.

The role of a writer may put and query, and neither update nor delete; TTL removes what is past its time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.access.chain import time_of
from agents.access.ports import KEEP_DAYS, MAX_RECORDS, Entry
from agents.adapters.dynamodb.table import TransactionLostError
from agents.contract import AUDIT, Keys
from agents.errors import ConflictError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agents.access.chain import Record
    from agents.adapters.dynamodb.table import Item, Table

_EXPIRES: Final = AUDIT.expires or ""
_ATTEMPTS: Final = 3
_EXISTS: Final = "ConditionalCheckFailed"
_FIRST: Final = "0"  # below every id; DynamoDB takes no empty key
_DAY: Final = timedelta(days=1)


class DynamoDbAuditLog:
    """The `AuditLog` of one tenant. `clock` says which records are past their time, in UTC."""

    def __init__(self, table: Table, *, tenant: str, clock: Callable[[], datetime], keep_days: int = KEEP_DAYS) -> None:
        self._table = table
        self._tenant = tenant
        self._clock = clock
        self._keep = timedelta(days=keep_days)

    def append(self, records: Sequence[Record]) -> None:
        if len(records) > MAX_RECORDS:
            raise InvalidError(f"an append takes at most {MAX_RECORDS} records")
        items = [self._item(record) for record in records]
        for _ in range(_ATTEMPTS if items else 0):
            try:
                self._table.transact([self._table.put_action(item) for item in items])
            except TransactionLostError as lost:
                if _EXISTS not in lost.reasons:
                    continue  # the items of a writer are its own, so that nobody else is in the way for long
                self._need_same(items)  # the answer to an earlier try was lost
            return
        if items:
            raise UnavailableError("the audit is written by too many at once", fix="Try again in a moment.")

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        now = self._clock()
        found: list[Entry] = []
        for day in self._days(after, now):
            bound = after or _FIRST
            while len(found) < limit:
                wanted = limit - len(found)
                items = self._table.query(Keys.audit(self._tenant, day), limit=wanted, above=bound)
                # DynamoDB removes what has expired late, up to days.
                kept = (item for item in items if int(item[_EXPIRES]) > now.timestamp())
                found += [Entry(id=str(item["sk"]), text=str(item["record"])) for item in kept]
                if len(items) < wanted:
                    break
                bound = str(items[-1]["sk"])
            if len(found) >= limit:
                break
        return tuple(found)

    def _days(self, after: str, now: datetime) -> Iterator[str]:
        """The days that may hold records after an id, a day ahead of our clock at most."""
        day = max(time_of(after), now - self._keep - _DAY) if after else now - self._keep - _DAY
        while day.date() <= (now + _DAY).date():
            yield day.date().isoformat()
            day += _DAY

    def _need_same(self, items: Sequence[Item]) -> None:
        stored = self._table.get_many([(str(item["pk"]), str(item["sk"])) for item in items])
        if any(stored.get((str(item["pk"]), str(item["sk"]))) != item for item in items):
            raise ConflictError("another record has the id of this one", fix="Seal it again, with a new id.")

    def _item(self, record: Record) -> Item:
        # By the id's own time, so that who reads on after an id knows the day.
        written = time_of(record.id)
        return {
            "pk": Keys.audit(self._tenant, written.astimezone(UTC).date().isoformat()),
            "sk": record.id,
            "record": record.text,
            _EXPIRES: int((written + self._keep).timestamp()),
        }
