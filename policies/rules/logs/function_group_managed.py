"""A function without a log group of the program makes its own: no retention, no key, and it stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

FUNCTION: Final = "aws:lambda/function:Function"
GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
API: Final = Node(FUNCTION, "api", {"name": "qm-api-dev"})


def _group(name: str) -> Node:
    return Node(GROUP, "logs", {"name": name})


@stack_rule(
    id="logs-function-group-managed",
    title="The program makes the log group of each function",
    severity=Severity.MEDIUM,
    fix="Add a LogGroup `/aws/lambda/<function>` and name it in the function's logging_config.",
    unique=True,
    frameworks=("NIST 800-53:AU-11",),
    ok=(
        Together((API, _group("/aws/lambda/qm-api-dev"))),
        Together((API, Node(GROUP, "logs", {}, {"name": "api"}))),
        Together(
            (Node(FUNCTION, "api", {"name": "a", "loggingConfig": {"logGroup": "/qm/all"}}), _group("/qm/all")),
        ),
        Together((Node(FUNCTION, "api", {"name": "a"}, {"loggingConfig": "logs"}), _group("/qm/all"))),
    ),
    bad=(
        Together((API,)),
        Together((API, _group("/aws/lambda/qm-worker-dev"))),
        Together((API, Node(FUNCTION, "b", {"name": "b"}, {"loggingConfig": "logs"}), _group("/qm/all"))),
        Together(
            (
                Node(FUNCTION, "api", {"name": "qm-api-dev", "loggingConfig": {"logGroup": "/other"}}),
                _group("/aws/lambda/qm-api-dev"),
            )
        ),
    ),
)
def function_group_managed(stack: Stack) -> Iterator[Answer]:
    groups = stack.of(GROUP)
    names = {one.peek("name") for one in groups}
    urns = {one.urn for one in groups}
    for function in stack.of(FUNCTION):
        own = {one.urn for one in groups if function.urn in one.sources.get("name", frozenset())}
        if function.sources.get("loggingConfig", frozenset()) & urns or own:
            continue
        name = _writes_to(function)
        if name is UNKNOWN or (UNKNOWN in names and name not in names):
            yield NotEvaluated(f"{function.name}.loggingConfig.logGroup")
        elif name not in names:
            yield function, f"no LogGroup of the program is {name}"


def _writes_to(function: Member) -> object:
    given = function.peek("loggingConfig.logGroup")
    if given is not None:
        return given
    name = function.peek("name")
    return UNKNOWN if name is UNKNOWN else f"/aws/lambda/{name}"
