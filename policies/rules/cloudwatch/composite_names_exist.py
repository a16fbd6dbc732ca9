"""A composite alarm that listens to an alarm which no longer exists misses what that one would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import ALARM, COMPOSITE, listened_to
from .._resource import UNKNOWN, NotEvaluated, NotKnownError
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together
from .._where import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

ERRORS: Final = Node(ALARM, "errors", {"name": "qm-errors-dev"})


def _rule(rule: str) -> Node:
    return Node(COMPOSITE, "outage", {"alarmName": "qm-outage-dev", "alarmRule": rule})


@stack_rule(
    id="cloudwatch-composite-names-exist",
    title="Composite alarms listen to alarms of the program",
    severity=Severity.MEDIUM,
    fix="Remove the name from alarm_rule, or make the alarm.",
    unique=True,
    parameters={"others": Parameter((), "Names of alarms, as patterns, that something else makes.")},
    ok=(
        Together((ERRORS, _rule('ALARM("qm-errors-dev")'))),
        Together((ERRORS, _rule("ALARM(arn:aws:cloudwatch:us-east-1:000000000000:alarm:qm-errors-dev)"))),
        Together((_rule("ALARM(shared-network)"),), {"others": ["shared-*"]}),
        Together((_rule("TRUE"),)),
    ),
    bad=(
        Together((ERRORS, _rule('ALARM("qm-errors-dev") OR ALARM("qm-latency-dev")'))),
        Together((_rule("ALARM(shared-network)"),)),
    ),
)
def composite_names_exist(stack: Stack) -> Iterator[Answer]:
    names = {one.peek("name") for one in stack.of(ALARM)} | {one.peek("alarmName") for one in stack.of(COMPOSITE)}
    for composite in stack.of(COMPOSITE):
        try:
            said = [one.rpartition(":")[2] for one in listened_to(composite)]
        except NotKnownError as error:
            yield NotEvaluated(f"{composite.name}.{error.path}")
            continue
        for name in dict.fromkeys(said):
            if name not in names and not fits(name, composite.config["others"]):
                yield (
                    NotEvaluated(f"{composite.name}.alarmRule")
                    if UNKNOWN in names
                    else (
                        composite,
                        f"no alarm of the program is called {name}",
                    )
                )
