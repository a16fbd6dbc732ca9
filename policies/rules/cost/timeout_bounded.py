"""A function that hangs is billed until its timeout, at each call and each retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cost-timeout-bounded",
    title="Functions do not wait longer than they may need",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Lower timeout, or raise the parameter for the stack that needs it.",
    parameters={"most_seconds": Parameter(300, "Longest timeout, in seconds.")},
    ok=({"timeout": 300}, {}, Of({"timeout": 900}, config={"most_seconds": 900})),
    bad=({"timeout": 301}, Of({"timeout": 30}, config={"most_seconds": 29})),
)
def timeout_bounded(function: Resource) -> Iterator[str]:
    timeout, most = function.number("timeout"), int(function.config["most_seconds"])
    if timeout > most:
        yield f"timeout is {timeout:g}, at most {most} are asked for"
