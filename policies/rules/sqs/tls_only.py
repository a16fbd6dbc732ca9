"""Without TLS whoever is on the way reads the messages, and sends others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._messages import QUEUE, QUEUE_POLICY, QUEUES
from .._resource_policies import requires_tls
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

ACTIONS: Final = frozenset({"*", "sqs:*"})
FAILURES: Final = Node(QUEUE, "queue", {"name": "qm-failures-dev"})


def _document(**change: object) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "arn:aws:sqs:us-east-1:000000000000:qm-failures-dev",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Statement": [statement | change]})


def _policy(**change: object) -> Node:
    return Node(QUEUE_POLICY, "policy", {"policy": _document(**change)}, {"queueUrl": "queue"})


@stack_rule(
    id="sqs-tls-only",
    title="Queues refuse requests without TLS",
    severity=Severity.MEDIUM,
    fix="Add a QueuePolicy that denies everyone `sqs:*` where aws:SecureTransport is false.",
    sources=("cdk-nag:AwsSolutions-SQS4",),
    frameworks=("NIST 800-53:SC-8",),
    ok=(
        Together((FAILURES, _policy())),
        Together((Node(QUEUE, "queue", {"policy": _document(Action="SQS:*")}),)),
    ),
    bad=(
        Together((FAILURES,)),
        Together((FAILURES, _policy(Effect="Allow"))),
        Together((FAILURES, _policy(Action="sqs:SendMessage"))),
        Together((FAILURES, _policy(Principal={"AWS": "000000000000"}))),
        Together((FAILURES, Node(QUEUE, "other", {"name": "o"}), _policy())),
    ),
)
def tls_only(stack: Stack) -> Iterator[Answer]:
    yield from lacking(stack, QUEUES, _denies, "no policy of the queue denies requests without TLS")


def _denies(one: Member) -> bool:
    return requires_tls(one, "policy", actions=ACTIONS)
