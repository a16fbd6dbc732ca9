"""TLS before 1.2 can be read by who is on the way; a bucket still speaks it with clients that ask for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._buckets import DATA, POLICY, beside
from .._resource_policies import requires_modern_tls
from .._rule import Parameter, Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

BOND: Final = beside("bucketPolicy")


def _policy(version: str, operator: str = "NumericLessThan") -> Node:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {operator: {"s3:TlsVersion": version}},
    }
    return Node(POLICY, "policy", {"policy": json.dumps({"Statement": statement})}, {"bucket": "data"})


@stack_rule(
    id="s3-modern-tls",
    title="Buckets refuse old versions of TLS",
    severity=Severity.MEDIUM,
    fix="Add a statement to the BucketPolicy that denies everyone `s3:*` where s3:TlsVersion is less than 1.2.",
    unique=True,
    frameworks=("NIST 800-53:SC-8",),
    parameters={"least": Parameter("1.2", "Oldest version of TLS that is allowed, 1.2 or 1.3.")},
    ok=(
        Together((DATA, _policy("1.2"))),
        Together((DATA, _policy("1.3"))),
        Together((DATA, _policy("1.3")), config={"least": "1.3"}),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, _policy("1.1"))),
        Together((DATA, _policy("1.2")), config={"least": "1.3"}),
        Together((DATA, _policy("1.2", "NumericGreaterThan"))),
    ),
)
def modern_tls(stack: Stack) -> Iterator[Answer]:
    def denies(one: Member) -> bool:
        return requires_modern_tls(one, "policy", float(one.config["least"]), "/*")

    yield from lacking(stack, BOND, denies, "no policy of the bucket denies old versions of TLS")
