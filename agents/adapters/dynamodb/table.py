"""A DynamoDB table in plain values: text, whole numbers and bytes in, the same out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from agents.adapters.aws import code, translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value: TypeAlias = "str | int | bytes"
Item: TypeAlias = "Mapping[str, Value]"
Key: TypeAlias = tuple[str, str]
Request: TypeAlias = "dict[str, object]"

ALL: Final = 2**31 - 1  # more items than any query of ours finds
MAX_KEYS: Final = 100  # of BatchGetItem and of transactions


# Why a transaction may be lost and is worth another try. What else AWS says stays wrong, however often it is sent.
MOVED: Final = "ConditionalCheckFailed"
_OTHERS: Final = frozenset({"None", MOVED, "TransactionConflict"})
_BUSY: Final = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})


class TransactionLostError(Exception):
    """Nothing was written, and trying again may help: somebody else was faster, or the table is busy.

    `reasons` has AWS's code for each action, "None" for those that were fine.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = tuple(reasons)

    @property
    def busy(self) -> bool:
        """Whether the table had no room for it."""
        return not _BUSY.isdisjoint(self.reasons)


class Table:
    """Consistent reads and conditional writes. Raises UnavailableError and SetupError."""

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401 - boto3 has no types
        self._client = client
        self._name = name

    def get(self, key: Key) -> Item | None:
        """One item, None when absent."""
        answer = self._call("get_item", TableName=self._name, Key=_key(key), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def snapshot(self, keys: Sequence[Key]) -> list[Item | None]:
        """Up to 100 items as they were at one moment, in order. Raises TransactionLostError."""
        requests = [{"Get": {"TableName": self._name, "Key": _key(key)}} for key in keys]
        answer = self._call("transact_get_items", TransactItems=requests)
        return [_plain(part["Item"]) if part.get("Item") else None for part in answer["Responses"]]

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Those of the items that exist, however many."""
        found: dict[Key, Item] = {}
        pending = [_key(key) for key in keys]
        while pending:
            now, pending = pending[:MAX_KEYS], pending[MAX_KEYS:]
            answer = self._call("batch_get_item", RequestItems={self._name: {"Keys": now, "ConsistentRead": True}})
            for item in map(_plain, answer["Responses"].get(self._name, [])):
                found[str(item["pk"]), str(item["sk"])] = item
            # An answer holds 16 MB; what did not fit is named here. Each answer holds at least one item.
            pending += answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
        return found

    def query(
        self,
        pk: str,
        *,
        limit: int,
        newest_first: bool = False,
        above: str | None = None,
        below: str | None = None,
    ) -> list[Item]:
        """Up to `limit` items of a partition with a sort key above `above`, or else below `below`."""
        condition, values = "pk = :pk", {":pk": _value(pk)}
        if above is not None:
            condition, values = condition + " AND sk > :bound", values | {":bound": _value(above)}
        elif below is not None:
            condition, values = condition + " AND sk < :bound", values | {":bound": _value(below)}
        request: Request = {"TableName": self._name, "ConsistentRead": True, "ScanIndexForward": not newest_first}
        request |= {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        items: list[Item] = []
        while len(items) < limit:
            answer = self._call("query", **request, Limit=limit - len(items))
            items += map(_plain, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return items

    def put_action(self, item: Item, *, only_if: str = "attribute_not_exists(pk)", **values: str | int) -> Request:
        """A conditional put for `transact`. Each of `values` is `:name` in the condition, its attribute `#name`."""
        return {"Put": self._put(item, only_if, values)}

    def check_action(self, key: Key, only_if: str, **values: str | int) -> Request:
        """A condition on an item that `transact` does not write."""
        request: Request = {"TableName": self._name, "Key": _key(key), "ConditionExpression": only_if}
        return {"ConditionCheck": request | _named(values)}

    def delete_action(self, key: Key) -> Request:
        """A delete for `transact`, of an item that may be gone already."""
        return {"Delete": {"TableName": self._name, "Key": _key(key)}}

    def put(self, item: Item, *, only_if: str, **values: str | int) -> bool:
        """A conditional put of its own; whether the condition held."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - see aws.client

        try:
            self._call("put_item", **self._put(item, only_if, values))
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def transact(self, actions: Sequence[Request]) -> None:
        """All actions or none; raises TransactionLostError."""
        self._call("transact_write_items", TransactItems=list(actions))

    def _put(self, item: Item, only_if: str, values: Mapping[str, str | int]) -> Request:
        written = {name: _value(value) for name, value in item.items()}
        put: Request = {"TableName": self._name, "Item": written, "ConditionExpression": only_if}
        return put | _named(values)

    def _call(self, operation: str, **request: object) -> Any:  # noqa: ANN401 - boto3 has no types
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        try:
            return getattr(self._client, operation)(**request)
        except (BotoCoreError, ClientError) as error:
            if code(error) == "TransactionCanceledException" and isinstance(error, ClientError):
                reasons = [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", [])]
                if _OTHERS.union(_BUSY).issuperset(reasons):
                    raise TransactionLostError(reasons) from error
            if ours := translate(error, f"the table {self._name}"):
                raise ours from error
            raise


def _key(key: Key) -> dict[str, dict[str, str | bytes]]:
    return {"pk": _value(key[0]), "sk": _value(key[1])}


def _named(values: Mapping[str, str | int]) -> Request:
    """What fills a condition that compares `#name` with `:name`."""
    if not values:
        return {}
    return {
        "ExpressionAttributeValues": {f":{name}": _value(value) for name, value in values.items()},
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
    }


def _value(value: Value) -> dict[str, str | bytes]:
    if isinstance(value, bytes):
        return {"B": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _plain(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: int(value["N"]) if "N" in value else value.get("S", value.get("B")) for name, value in item.items()}
