"""Object lock keeps old versions, but who reads a bucket reads the newest: signed heads must not be written twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._audits import refusals
from .._buckets import BUCKET, POLICY, beside
from .._globs import matches
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together
from .._where import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

BOND: Final = beside("bucketPolicy")
AUDIT: Final = Node(BUCKET, "audit", {"bucket": "qm-audit-dev"})
HEADS: Final = "arn:aws:s3:::qm-audit-dev/heads/*"
PUT: Final = "s3:PutObject"
UNCONDITIONAL: Final = ("Null", "s3:if-none-match", ("true",))


def _policy(**change: object) -> Node:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": PUT,
        "Resource": HEADS,
        "Condition": {"Null": {"s3:if-none-match": "true"}},
    }
    return Node(POLICY, "policy", {"policy": json.dumps({"Statement": [statement | change]})}, {"bucket": "audit"})


@stack_rule(
    id="s3-audit-heads-added",
    title="Signed heads of an audit are written where nothing is",
    severity=Severity.HIGH,
    fix="Add to the BucketPolicy a statement that denies everyone s3:PutObject on them where s3:if-none-match is Null.",
    frameworks=("NIST 800-53:AU-9", "NIST 800-53:AU-10"),
    unique=True,
    parameters={
        "buckets": Parameter(("*audit*",), "Names of buckets, as patterns, that hold heads."),
        "prefix": Parameter("heads/", "Where in the bucket they lie."),
    },
    ok=(
        Together(()),
        Together((AUDIT, _policy())),
        Together((AUDIT, _policy(Principal={"AWS": "*"}, Action="s3:Put*", Resource="arn:aws:s3:::qm-audit-dev/*"))),
        Together((AUDIT, _policy(Condition={"Null": {"s3:if-none-match": True}}))),
        Together((Node(BUCKET, "data", {"bucket": "qm-data-dev"}),)),
        Together((AUDIT,), {"buckets": ["*ledger*"]}),
    ),
    bad=(
        Together((AUDIT,)),
        Together((AUDIT, _policy(Effect="Allow"))),
        Together((AUDIT, _policy(Action="s3:DeleteObject"))),
        Together((AUDIT, _policy(Resource="arn:aws:s3:::qm-audit-dev/trail/*"))),
        Together((AUDIT, _policy(Condition={"Null": {"s3:if-none-match": "false"}}))),
        Together((AUDIT, _policy(Principal={"AWS": "arn:aws:iam::000000000000:role/reader"}))),
        Together((AUDIT, _policy()), {"prefix": "anchors/"}),
        Together((AUDIT, Node(POLICY, "policy", {"policy": "{not json"}, {"bucket": "audit"}))),
    ),
)
def audit_heads_added(stack: Stack) -> Iterator[Answer]:
    for one in stack.members:
        if one.type in BOND.owners and one.peek("bucket") is UNKNOWN:
            yield NotEvaluated(f"{one.name}.bucket")
    yield from lacking(stack, BOND, _refuses, "no policy of the bucket refuses to write a head twice", _asked)


def _asked(bucket: Member) -> bool:
    name = bucket.peek("bucket")
    return isinstance(name, str) and fits(name, bucket.config["buckets"])


def _refuses(one: Member) -> bool:
    return any(
        any(covers(pattern, PUT) for pattern in statement.actions)
        and any(_reaches(arn, one.config["prefix"]) for arn in statement.resources)
        and [(operator, key, tuple(map(str.lower, values))) for operator, key, values in statement.conditions]
        == [UNCONDITIONAL]
        for statement in refusals(one, "policy")
    )


def _reaches(pattern: str, prefix: str) -> bool:
    """Whether the pattern covers every object below the prefix."""
    _, slash, inside = pattern.partition("/")
    return pattern == "*" or (bool(slash) and inside.endswith("*") and matches(inside, f"{prefix}\0"))
