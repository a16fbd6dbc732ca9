"""What people said must go after its time, and be found only under the person who said it.

The partition key is the only thing by which IAM and the store keep one person's items from another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._where import fits, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TABLE: Final = "aws:dynamodb/table:Table"
GOOD: Final = {
    "name": "qm-conversation-dev",
    "hashKey": "pk",
    "rangeKey": "sk",
    "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
    "ttl": {"enabled": True, "attributeName": "expires_at"},
}


@rule(
    id="dynamodb-conversations-expire",
    title="Tables of conversations expire items and have the owner in their key",
    applies_to=TABLE,
    severity=Severity.HIGH,
    fix="Set ttl with its attribute, and the key attribute that holds the owner as hash_key with a range_key.",
    unique=True,
    parameters={
        "tables": Parameter(("*conversation*",), "Names of the tables, as patterns, that hold conversations."),
        "owner_keys": Parameter(("pk",), "Attributes that hold the owner, one of which must be the partition key."),
    },
    ok=(
        GOOD,
        {"name": "qm-configuration-dev", "hashKey": "id"},
        Of(GOOD | {"hashKey": "owner"}, config={"owner_keys": ["owner"]}),
        Of({"name": "qm-conversation-dev"}, config={"tables": ["*chat*"]}),
    ),
    bad=(
        {"name": "qm-conversation-dev"},
        GOOD | {"ttl": {"enabled": False, "attributeName": "expires_at"}},
        GOOD | {"ttl": {"enabled": True}},
        GOOD | {"hashKey": "conversation_id"},
        GOOD | {"rangeKey": ""},
        Of(GOOD, config={"owner_keys": ["owner"]}),
        Of(GOOD | {"name": "qm-chat-dev", "ttl": None}, config={"tables": ["*chat*"]}),
    ),
)
def conversations_expire(table: Resource) -> Iterator[str | NotEvaluated]:
    name = table.peek("name")
    if name is UNKNOWN:
        yield NotEvaluated("name")
    if not isinstance(name, str) or not fits(name, table.config["tables"]):
        return
    if not is_on(table, "ttl.enabled") or not table.known("ttl.attributeName"):
        yield "items never expire: ttl is not enabled with an attribute"
    key = table.text("hashKey")
    if key not in table.config["owner_keys"]:
        yield f"the partition key {key!r} does not hold the owner"
    if not table.known("rangeKey"):
        yield "without a range key an owner has one item"
