"""A table that one call deletes takes every conversation and configuration with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._where import HERE, PROD, asked_here, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TABLE: Final = "aws:dynamodb/table:Table"
REPLICA: Final = "aws:dynamodb/tableReplica:TableReplica"
ON: Final = {"deletionProtectionEnabled": True}


@rule(
    id="dynamodb-deletion-protected",
    title="Tables cannot be deleted in one call",
    applies_to=(TABLE, REPLICA),
    severity=Severity.HIGH,
    fix="Set deletion_protection_enabled.",
    sources=("FSBP:DynamoDB.6", "prowler:dynamodb_table_deletion_protection_enabled"),
    frameworks=("NIST 800-53:CM-2", "NIST 800-53:CP-9"),
    parameters={"stacks": PROD},
    ok=(Of(ON, TABLE, HERE), Of(ON, REPLICA, HERE), Of(ON, TABLE, {"stacks": ["staging"]}), {}),
    bad=(
        Of({}, TABLE, HERE),
        Of({"deletionProtectionEnabled": False}, TABLE, HERE),
        Of({}, REPLICA, HERE),
        Of({}, TABLE, {"stacks": ["prod", "de*"]}),
    ),
)
def deletion_protected(table: Resource) -> Iterator[str]:
    if asked_here(table) and not is_on(table, "deletionProtectionEnabled"):
        yield "deletionProtectionEnabled is not on"
