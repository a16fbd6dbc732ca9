"""What failed on a Friday must still be there when somebody looks; after the default of four days it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._messages import QUEUE, SENDERS, dead_letter_queues
from .._resource import NotEvaluated, NotKnownError
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

DAY_S: Final = 86_400
DEFAULT_S: Final = 4 * DAY_S  # of SQS
INVOKE: Final = next(kind for kind, _, path in SENDERS if "onFailure.destination" in path and "Arn" not in path)
SENT: Final = Node(INVOKE, "events", {}, {"destinationConfig": "failed"})


def _queue(days: int | None) -> Node:
    properties = {"name": "qm-failed-dev"} | ({"messageRetentionSeconds": days * DAY_S} if days else {})
    return Node(QUEUE, "failed", properties)


@stack_rule(
    id="sqs-dead-letters-kept",
    title="Dead-letter queues keep messages long enough to be looked at",
    severity=Severity.LOW,
    fix="Set message_retention_seconds to 1209600, which is 14 days and the longest.",
    unique=True,
    parameters={"least_days": Parameter(14, "Shortest retention of what failed, in days.")},
    ok=(
        Together((_queue(14), SENT)),
        Together((_queue(7), SENT), {"least_days": 7}),
        Together((_queue(1),)),
    ),
    bad=(
        Together((_queue(None), SENT)),
        Together((_queue(4), SENT)),
        Together(
            (
                _queue(4),
                Node(QUEUE, "jobs", {"name": "qm-jobs-dev", "redrivePolicy": "{}"}, {"redrivePolicy": "failed"}),
            )
        ),
    ),
)
def dead_letters_kept(stack: Stack) -> Iterator[Answer]:
    targets = dead_letter_queues(stack)
    for queue in stack.of(QUEUE):
        if queue.urn not in targets:
            continue
        try:
            days = (queue.number("messageRetentionSeconds") or DEFAULT_S) / DAY_S
        except NotKnownError as error:
            yield NotEvaluated(f"{queue.name}.{error.path}")
            continue
        if days < int(queue.config["least_days"]):
            yield queue, f"what failed is kept {days:g} days, {queue.config['least_days']} are asked for"
