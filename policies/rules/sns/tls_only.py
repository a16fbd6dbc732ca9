"""Without TLS whoever is on the way reads what is published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._messages import TOPIC, TOPIC_POLICY, TOPICS
from .._resource_policies import requires_tls
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

ACTIONS: Final = frozenset({"*", "sns:*", "sns:Publish"})
ALARMS: Final = Node(TOPIC, "topic", {"name": "qm-alarms-dev"})


def _document(**change: object) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": "arn:aws:sns:us-east-1:000000000000:qm-alarms-dev",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Statement": [statement | change]})


def _policy(**change: object) -> Node:
    return Node(TOPIC_POLICY, "policy", {"policy": _document(**change)}, {"arn": "topic"})


@stack_rule(
    id="sns-tls-only",
    title="Topics refuse to publish without TLS",
    severity=Severity.MEDIUM,
    fix="Add a TopicPolicy that denies everyone sns:Publish where aws:SecureTransport is false.",
    sources=("cdk-nag:AwsSolutions-SNS3",),
    frameworks=("NIST 800-53:SC-8",),
    ok=(
        Together((ALARMS, _policy())),
        Together((Node(TOPIC, "topic", {"policy": _document()}),)),
    ),
    bad=(
        Together((ALARMS,)),
        Together((ALARMS, _policy(Effect="Allow"))),
        Together((ALARMS, _policy(Action="sns:Subscribe"))),
        Together((ALARMS, _policy(Condition={"Bool": {"aws:SecureTransport": "true"}}))),
        Together((ALARMS, Node(TOPIC, "other", {"name": "o"}), _policy())),
    ),
)
def tls_only(stack: Stack) -> Iterator[Answer]:
    yield from lacking(stack, TOPICS, _denies, "no policy of the topic denies publishing without TLS")


def _denies(one: Member) -> bool:
    return requires_tls(one, "policy", actions=ACTIONS)
