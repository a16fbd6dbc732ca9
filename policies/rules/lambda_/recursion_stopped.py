"""A function that calls itself through a queue bills thousands of calls before anybody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-recursion-stopped",
    title="Lambda stops functions that call themselves in a loop",
    applies_to="aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    severity=Severity.MEDIUM,
    fix="Set recursive_loop to Terminate, or remove the resource.",
    unique=True,
    ok=({"recursiveLoop": "Terminate"},),
    bad=({"recursiveLoop": "Allow"},),
)
def recursion_stopped(config: Resource) -> Iterator[str]:
    if config.text("recursiveLoop") == "Allow":
        yield "recursiveLoop is Allow"
