"""An exemption that lets nothing pass any more would let the next mistake of its kind pass."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .._exemptions import Exemption
from .._resource import Found
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

NODES = (Node("aws:s3/bucket:Bucket", "bucket"),)


def _for(stack: str) -> tuple[Exemption, ...]:
    never = date(9999, 1, 1)
    return (
        Exemption(
            rule="s3-no-public-acl", resource="b", reason="", owner="data", until=never, stack=stack, place="x:1"
        ),
    )


@stack_rule(
    id="exemption-unused",
    title="Every exemption lets something pass",
    severity=Severity.MEDIUM,
    fix="Take it off; what it was for has been mended or renamed.",
    unique=True,
    ok=(
        Together(NODES),
        Together(NODES, exemptions=_for("*")),
        Together(NODES, exemptions=_for("prod"), used=False),
    ),
    bad=(
        Together(NODES, exemptions=_for("*"), used=False),
        Together(NODES, exemptions=_for("dev"), used=False),
    ),
)
def exemption_unused(stack: Stack) -> Iterator[tuple[Member, Found]]:
    about = stack.members[0]
    for one in stack.ledger.exemptions:
        if one not in stack.ledger.used and fnmatchcase(about.stack, one.stack):
            yield about, Found(one.place, f"{one.place}: nothing here is exempt by it from {one.rule}")
