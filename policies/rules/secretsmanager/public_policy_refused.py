"""Secrets Manager itself refuses a policy that lets everybody in, when it is asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="secretsmanager-public-policy-refused",
    title="Secrets Manager refuses public policies",
    applies_to="aws:secretsmanager/secretPolicy:SecretPolicy",
    severity=Severity.LOW,
    fix="Set block_public_policy to true.",
    frameworks=("NIST 800-53:AC-3",),
    enforcement=Enforcement.ADVISORY,
    unique=True,
    ok=({"blockPublicPolicy": True},),
    bad=({}, {"blockPublicPolicy": False}),
)
def public_policy_refused(policy: Resource) -> Iterator[str]:
    if not is_true(policy.known("blockPublicPolicy")):
        yield "a public policy would be taken"
