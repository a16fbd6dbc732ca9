"""A function with a reserve of 0 never runs; one without any can take all that the account has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-reserved-concurrency",
    title="Functions have a reserve of concurrency that lets them run",
    applies_to="aws:lambda/function:Function",
    severity=Severity.MEDIUM,
    fix="Set reserved_concurrent_executions to what the function may need at once, within the account's quota.",
    sources=("cdk-nag:HIPAA.Security-LambdaConcurrency", "checkov:CKV_AWS_115"),
    parameters={"required": Parameter(default=False, description="Whether every function must have a reserve.")},
    ok=(
        {},
        {"reservedConcurrentExecutions": -1},
        Of({"reservedConcurrentExecutions": 10}, config={"required": True}),
    ),
    bad=(
        {"reservedConcurrentExecutions": 0},
        Of({}, config={"required": True}),
        Of({"reservedConcurrentExecutions": -1}, config={"required": True}),
    ),
)
def reserved_concurrency(function: Resource) -> Iterator[str]:
    reserve = function.known("reservedConcurrentExecutions")
    if reserve == 0:
        yield "reservedConcurrentExecutions is 0, so that it never runs"
    elif function.config["required"] and (reserve is None or reserve == -1):
        yield "reservedConcurrentExecutions is not set"
