"""What failed waits in a queue for a person, who must be told that it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import ALARM, Wanted, unwatched
from .._messages import QUEUE, QUEUES, dead_letter_queues
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

SPACE: Final = "AWS/SQS"
DEPTH: Final = "ApproximateNumberOfMessagesVisible"
METRICS: Final = frozenset({DEPTH, "ApproximateAgeOfOldestMessage"})
WATCH: Final = Wanted(owners=QUEUES, namespace=SPACE, metrics=METRICS, dimension="QueueName")
FAILED: Final = Node(QUEUE, "failed", {"name": "qm-failed-dev"})
SENT: Final = Node(
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "events", {}, {"destinationConfig": "failed"}
)


def _alarm(metric: str, name: str = "qm-failed-dev") -> Node:
    return Node(ALARM, "alarm", {"namespace": SPACE, "metricName": metric, "dimensions": {"QueueName": name}})


@stack_rule(
    id="cloudwatch-dead-letters-watched",
    title="An alarm watches each dead-letter queue",
    severity=Severity.HIGH,
    fix=f"Add an alarm on {DEPTH} of AWS/SQS with the queue's name.",
    frameworks=("NIST 800-53:SI-4", "NIST 800-53:SI-11"),
    ok=(
        Together((FAILED, SENT, _alarm(DEPTH))),
        Together((FAILED, SENT, _alarm("ApproximateAgeOfOldestMessage"))),
        Together((FAILED,)),
    ),
    bad=(
        Together((FAILED, SENT)),
        Together((FAILED, SENT, _alarm("NumberOfMessagesSent"))),
        Together((FAILED, SENT, _alarm(DEPTH, "another"))),
    ),
)
def dead_letters_watched(stack: Stack) -> Iterator[Answer]:
    targets = dead_letter_queues(stack)
    for one in unwatched(stack, WATCH, "what failed waits in it, and no alarm watches it"):
        if isinstance(one, NotEvaluated) or one[0].urn in targets:
            yield one
