"""A log group that goes with its stack takes with it what was written about the stack's last hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._where import HERE, NOWHERE, asked_here, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"


@rule(
    id="logs-group-kept",
    title="Log groups outlive their stack",
    applies_to=GROUP,
    severity=Severity.LOW,
    fix="Set deletion_protection_enabled or skip_destroy.",
    unique=True,
    frameworks=("NIST 800-53:AU-9",),
    parameters={"stacks": NOWHERE},
    ok=({}, Of({"deletionProtectionEnabled": True}, GROUP, HERE), Of({"skipDestroy": True}, GROUP, HERE)),
    bad=(Of({}, GROUP, HERE), Of({"skipDestroy": False}, GROUP, HERE)),
)
def group_kept(group: Resource) -> Iterator[str]:
    if asked_here(group) and not is_on(group, "deletionProtectionEnabled") and not is_on(group, "skipDestroy"):
        yield "neither deletionProtectionEnabled nor skipDestroy is on"
