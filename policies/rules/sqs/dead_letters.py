"""A message that its consumer cannot take comes back until it expires, and holds up those behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._messages import QUEUE, REDRIVE, dead_letter_queues
from .._rule import Severity, stack_rule
from .._siblings import Bond, Kin, lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

MAPPING: Final = "aws:lambda/eventSourceMapping:EventSourceMapping"
BOND: Final = Bond(owners={QUEUE: "name"}, siblings={REDRIVE: "queueUrl"})
JOBS: Final = Node(QUEUE, "jobs", {"name": "qm-jobs-dev"})
FAILED: Final = Node(QUEUE, "failed", {"name": "qm-failed-dev"})
READ: Final = Node(MAPPING, "mapping", {}, {"eventSourceArn": "jobs"})
TARGET: Final = '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:qm-failed-dev", "maxReceiveCount": 3}'


@stack_rule(
    id="sqs-dead-letters",
    title="Queues that are read have a dead-letter queue",
    severity=Severity.MEDIUM,
    fix="Set redrive_policy with a dead-letter queue and a maximum of receives.",
    sources=("cdk-nag:AwsSolutions-SQS3",),
    frameworks=("NIST 800-53:SI-11",),
    ok=(
        Together((FAILED,)),
        Together((Node(QUEUE, "jobs", {"name": "qm-jobs-dev", "redrivePolicy": TARGET}), FAILED, READ)),
        Together((JOBS, FAILED, READ, Node(REDRIVE, "redrive", {"redrivePolicy": TARGET}, {"queueUrl": "jobs"}))),
    ),
    bad=(
        Together((JOBS, READ)),
        Together((JOBS, FAILED, READ, Node(REDRIVE, "redrive", {"redrivePolicy": TARGET}, {"queueUrl": "failed"}))),
    ),
)
def dead_letters(stack: Stack) -> Iterator[Answer]:
    kin = Kin(stack, BOND)
    read = {urn for one in stack.of(MAPPING) for urn in kin.of(one, "eventSourceArn")[0]} - dead_letter_queues(stack)
    yield from lacking(stack, BOND, _redrives, "it is read, and has no dead-letter queue", lambda one: one.urn in read)


def _redrives(one: Member) -> bool:
    return one.is_set("redrivePolicy")
