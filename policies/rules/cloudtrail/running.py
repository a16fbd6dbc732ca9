"""A trail that was stopped for a test and never started again looks like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cloudtrail-running",
    title="Trails are switched on",
    applies_to="aws:cloudtrail/trail:Trail",
    severity=Severity.HIGH,
    fix="Leave enable_logging on.",
    sources=("checkov:CKV_AWS_251",),
    frameworks=("NIST 800-53:AU-2", "NIST 800-53:AU-12"),
    ok=({}, {"enableLogging": True}),
    bad=({"enableLogging": False}, {"enableLogging": "false"}),
)
def running(trail: Resource) -> Iterator[str]:
    if trail.known("enableLogging") in (False, "false"):
        yield "enableLogging is off"
