"""Variables are readable by whoever may look at a function, unless a key that we own says who may decrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-environment-encrypted",
    title="Environment variables are encrypted with a customer key",
    applies_to="aws:lambda/function:Function",
    severity=Severity.MEDIUM,
    fix="Set kms_key_arn.",
    sources=("checkov:CKV_AWS_173", "prowler:awslambda_function_env_vars_not_encrypted_with_cmk"),
    ok=({}, {"environment": {"variables": {}}}, {"environment": {"variables": {"A": "b"}}, "kmsKeyArn": "arn"}),
    bad=({"environment": {"variables": {"A": "b"}}},),
)
def environment_encrypted(function: Resource) -> Iterator[str]:
    if function.keys("environment.variables") and function.peek("kmsKeyArn") in (None, ""):
        yield "kmsKeyArn is not set"
