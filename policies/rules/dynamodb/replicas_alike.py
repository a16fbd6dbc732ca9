"""A replica is the same data in another region: with the shared key, or without recovery, it is the weak copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._where import is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TABLE: Final = "aws:dynamodb/table:Table"
REPLICA: Final = "aws:dynamodb/tableReplica:TableReplica"
GOOD: Final = {"kmsKeyArn": "arn:aws:kms:us-west-2:000000000000:key/1", "pointInTimeRecovery": True}
HALF: Final = {"kmsKeyArn": "arn:aws:kms:us-west-2:000000000000:key/1"}


@rule(
    id="dynamodb-replicas-alike",
    title="Replicas of tables have a customer key and recovery",
    applies_to=(TABLE, REPLICA),
    severity=Severity.HIGH,
    fix="Set kms_key_arn and point_in_time_recovery of each replica.",
    sources=("checkov:CKV_AWS_271", "checkov:CKV_AWS_165"),
    frameworks=("NIST 800-53:SC-28", "NIST 800-53:CP-9"),
    ok=({}, {"replicas": [GOOD | {"regionName": "us-west-2"}]}, Of(GOOD, REPLICA)),
    bad=(
        {"replicas": [{"regionName": "us-west-2"}]},
        {"replicas": [GOOD, HALF]},
        Of({"pointInTimeRecovery": True}, REPLICA),
        Of(GOOD | {"pointInTimeRecovery": False}, REPLICA),
    ),
)
def replicas_alike(table: Resource) -> Iterator[str]:
    for path in [""] if table.type == REPLICA else [f"{one}." for one in table.each("replicas")]:
        where = table.peek(f"{path}regionName")
        name = f"replica in {where}" if isinstance(where, str) else "replica"
        if not table.is_set(f"{path}kmsKeyArn"):
            yield f"{name}: kmsKeyArn is not set"
        if not is_on(table, f"{path}pointInTimeRecovery"):
            yield f"{name}: point-in-time recovery is off"
