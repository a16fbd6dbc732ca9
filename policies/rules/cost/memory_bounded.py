"""Memory is what a function's seconds are multiplied with; a slip of one digit multiplies the invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cost-memory-bounded",
    title="Functions have no more memory than they may need",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Lower memory_size, or raise the parameter for the stack that needs it.",
    parameters={"most_mb": Parameter(3008, "Most memory, in MB.")},
    ok=({"memorySize": 1024}, {}, Of({"memorySize": 10240}, config={"most_mb": 10240})),
    bad=({"memorySize": 3009}, Of({"memorySize": 1024}, config={"most_mb": 512})),
)
def memory_bounded(function: Resource) -> Iterator[str]:
    size, most = function.number("memorySize"), int(function.config["most_mb"])
    if size > most:
        yield f"memorySize is {size:g}, at most {most} are asked for"
