"""AWS refuses the function whose reserve leaves fewer than 100 of the account's quota to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._lambda import FUNCTION
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

PROVISIONED: Final = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
LEFT: Final = 100  # Lambda quotas: what reserves must leave to functions without one


def _function(name: str, reserve: int) -> Node:
    return Node(FUNCTION, name, {"reservedConcurrentExecutions": reserve})


@stack_rule(
    id="lambda-concurrency-within-quota",
    title="All reserves of concurrency fit into the account's quota",
    severity=Severity.HIGH,
    fix="Lower the reserves, or have the quota raised and say so in the parameter.",
    unique=True,
    parameters={"quota": Parameter(1000, "Concurrent executions that the account may have in the region.")},
    ok=(
        Together((_function("a", 500), _function("b", 400), _function("c", -1))),
        Together(
            (_function("a", 1000), Node(PROVISIONED, "warm", {"provisionedConcurrentExecutions": 5})), {"quota": 1200}
        ),
    ),
    bad=(
        Together((_function("a", 500), _function("b", 401))),
        Together((_function("a", 10),), {"quota": 10}),
        Together((Node(PROVISIONED, "warm", {"provisionedConcurrentExecutions": 11}),), {"quota": 110}),
    ),
)
def concurrency_within_quota(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    largest: tuple[float, Member] | None = None
    total = 0.0
    reserved = {one.urn for one in stack.of(FUNCTION) if one.is_set("reservedConcurrentExecutions")}
    for kind, path in ((FUNCTION, "reservedConcurrentExecutions"), (PROVISIONED, "provisionedConcurrentExecutions")):
        for one in stack.of(kind):
            if kind == PROVISIONED and reserved & one.sources.get("functionName", frozenset()):
                continue  # it is taken from the function's own reserve
            if one.peek(path) is UNKNOWN:
                yield NotEvaluated(f"{one.name}.{path}")
                continue
            asked = max(one.number(path), 0)
            total += asked
            if asked and (largest is None or asked > largest[0]):
                largest = (asked, one)
    if largest is None:
        return
    quota = int(largest[1].config["quota"])
    if total > quota - LEFT:
        yield largest[1], f"{total:g} executions are reserved in all; of {quota} at most {max(quota - LEFT, 0)} may be"
