"""A message that turns visible again while the function still works on it is worked on twice.

AWS asks for six times the function's timeout: Lambda tries a batch again itself while it is throttled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._messages import QUEUE, QUEUES
from .._resource import NotEvaluated, NotKnownError
from .._rule import Parameter, Severity, stack_rule
from .._siblings import Bond, Kin
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

MAPPING: Final = "aws:lambda/eventSourceMapping:EventSourceMapping"
FUNCTION: Final = "aws:lambda/function:Function"
ALIAS: Final = "aws:lambda/alias:Alias"
FUNCTIONS: Final = Bond(owners={FUNCTION: "name"}, through={ALIAS: "functionName"})
VISIBLE_S: Final = 30  # the default of SQS
TIMEOUT_S: Final = 3  # the default of Lambda
READ: Final = Node(MAPPING, "m", {}, {"eventSourceArn": "jobs", "functionName": "worker"})


def _pair(visible: int | None, timeout: int | None) -> tuple[Node, Node]:
    queue = {"name": "qm-jobs-dev"} | ({"visibilityTimeoutSeconds": visible} if visible else {})
    function = {"name": "qm-worker-dev"} | ({"timeout": timeout} if timeout else {})
    return Node(QUEUE, "jobs", queue), Node(FUNCTION, "worker", function)


ALIASED: Final = (
    Node(ALIAS, "live", {"name": "live"}, {"functionName": "worker"}),
    Node(MAPPING, "m", {}, {"eventSourceArn": "jobs", "functionName": "live"}),
)


@stack_rule(
    id="sqs-visible-long-enough",
    title="A queue hides a message for six times its function's timeout",
    severity=Severity.MEDIUM,
    fix="Set visibility_timeout_seconds to at least six times the function's timeout.",
    parameters={"times": Parameter(6, "How many times the function's timeout a message stays hidden.")},
    ok=(
        Together((*_pair(360, 60), READ)),
        Together((*_pair(None, None), READ)),
        Together((*_pair(60, 60), READ), {"times": 1}),
        Together(_pair(30, 900)),
    ),
    bad=(
        Together((*_pair(60, 60), READ)),
        Together((*_pair(None, 60), READ)),
        Together((*_pair(60, 60), *ALIASED)),
        Together((*_pair(360, 60), READ), {"times": 7}),
    ),
)
def visible_long_enough(stack: Stack) -> Iterator[Answer]:
    queues, functions = Kin(stack, QUEUES), Kin(stack, FUNCTIONS)
    by_urn = {one.urn: one for one in (*queues.owners, *functions.owners)}
    for mapping in stack.of(MAPPING):
        read, run = queues.of(mapping, "eventSourceArn")[0], functions.of(mapping, "functionName")[0]
        for queue, function in ((by_urn[one], by_urn[other]) for one in sorted(read) for other in sorted(run)):
            try:
                visible = queue.number("visibilityTimeoutSeconds") or VISIBLE_S
                needed = (function.number("timeout") or TIMEOUT_S) * int(mapping.config["times"])
            except NotKnownError as error:
                yield NotEvaluated(f"{queue.name}.{error.path}")
                continue
            if needed > visible:
                yield queue, f"hides a message {visible:g} seconds, {function.name} asks for {needed:g}"
