"""Topics and queues with what stands beside them, and which queues hold what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._siblings import Bond, Kin

if TYPE_CHECKING:
    from ._stack import Stack

TOPIC: Final = "aws:sns/topic:Topic"
TOPIC_POLICY: Final = "aws:sns/topicPolicy:TopicPolicy"
QUEUE: Final = "aws:sqs/queue:Queue"
QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"
REDRIVE: Final = "aws:sqs/redrivePolicy:RedrivePolicy"
TOPICS: Final = Bond(owners={TOPIC: "name"}, siblings={TOPIC_POLICY: "arn"})
QUEUES: Final = Bond(owners={QUEUE: "name"}, siblings={QUEUE_POLICY: "queueUrl"})
# Who sends what failed to a queue: type, property, and where in it the queue is named.
SENDERS: Final = (
    (QUEUE, "redrivePolicy", "redrivePolicy"),
    (REDRIVE, "redrivePolicy", "redrivePolicy"),
    ("aws:sns/topicSubscription:TopicSubscription", "redrivePolicy", "redrivePolicy"),
    ("aws:lambda/function:Function", "deadLetterConfig", "deadLetterConfig.targetArn"),
    (
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "destinationConfig",
        "destinationConfig.onFailure.destination",
    ),
    (
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "destinationConfig",
        "destinationConfig.onFailure.destinationArn",
    ),
    ("aws:scheduler/schedule:Schedule", "target", "target.deadLetterConfig.arn"),
    ("aws:cloudwatch/eventTarget:EventTarget", "deadLetterConfig", "deadLetterConfig.arn"),
)


def dead_letter_queues(stack: Stack) -> frozenset[str]:
    """URNs of the queues that somebody sends what failed to."""
    kin = Kin(stack, QUEUES)
    return frozenset(
        urn
        for kind, prop, path in SENDERS
        for one in stack.of(kind)
        if one.peek(path) is not None or one.sources.get(prop)
        for urn in kin.of(one, prop, path)[0]
    )
