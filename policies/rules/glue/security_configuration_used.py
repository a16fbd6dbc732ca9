"""Without a security configuration a job writes its data, its log and its bookmarks in the clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import RUNS
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="glue-security-configuration-used",
    title="Jobs, crawlers and endpoints of Glue have a security configuration",
    applies_to=RUNS,
    severity=Severity.MEDIUM,
    fix="Set security_configuration.",
    sources=("cdk-nag:AwsSolutions-GL1", "checkov:CKV_AWS_195"),
    frameworks=("NIST 800-53:SC-28",),
    ok=tuple(Of({"securityConfiguration": "qm-glue-dev"}, kind) for kind in RUNS),
    bad=tuple(Of({}, kind) for kind in RUNS),
)
def security_configuration_used(run: Resource) -> Iterator[str]:
    if not run.is_set("securityConfiguration"):
        yield "securityConfiguration is not set"
