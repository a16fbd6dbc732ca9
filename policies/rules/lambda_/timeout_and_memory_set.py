"""The defaults, 3 seconds and 128 MB, fit no agent: a function says what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-timeout-and-memory-set",
    title="Functions state their timeout and memory",
    applies_to="aws:lambda/function:Function",
    severity=Severity.MEDIUM,
    fix="Set timeout and memory_size from the stack's sizing.",
    sources=("cdk-nag:Serverless-LambdaDefaultMemorySize", "cdk-nag:Serverless-LambdaDefaultTimeout"),
    ok=({"timeout": 30, "memorySize": 512},),
    bad=(
        {},
        {"timeout": 30},
        {"memorySize": 512},
        {"timeout": 3, "memorySize": 128, "__defaults": ["memorySize", "timeout"]},
    ),
)
def timeout_and_memory_set(function: Resource) -> Iterator[str]:
    for key in ("timeout", "memorySize"):
        if not function.is_set(key):
            yield f"{key} is left to the provider's default"
