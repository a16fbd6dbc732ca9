"""Where a client may bring its own settings it may write results elsewhere, unencrypted and without a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="athena-workgroup-enforces",
    title="Workgroups hold clients to their settings",
    applies_to="aws:athena/workgroup:Workgroup",
    severity=Severity.HIGH,
    fix="Set configuration with enforce_workgroup_configuration on.",
    sources=("checkov:CKV_AWS_82", "trivy:AVD-AWS-0007", "prowler:athena_workgroup_enforce_configuration"),
    frameworks=("NIST 800-53:CM-6",),
    ok=({"configuration": {"enforceWorkgroupConfiguration": True}}, {"configuration": {}}),
    bad=({}, {"configuration": {"enforceWorkgroupConfiguration": False}}),
)
def workgroup_enforces(workgroup: Resource) -> Iterator[str]:
    # Where there is a configuration, the provider enforces it unless it is told not to.
    if workgroup.known("configuration") is None:
        yield "configuration is not set, so that clients bring their own"
    elif workgroup.known("configuration.enforceWorkgroupConfiguration") in (False, "false"):
        yield "enforceWorkgroupConfiguration is off"
