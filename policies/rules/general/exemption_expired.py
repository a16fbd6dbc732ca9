"""An exemption was right until a day that somebody chose; since then nobody has looked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from .._exemptions import Exemption
from .._resource import Found
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

NODES = (Node("aws:s3/bucket:Bucket", "bucket"),)


def _until(day: date) -> tuple[Exemption, ...]:
    return (Exemption(rule="s3-no-public-acl", resource="bucket", reason="", owner="data", until=day, place="x:1"),)


@stack_rule(
    id="exemption-expired",
    title="No exemption has run out",
    severity=Severity.HIGH,
    fix="Mend what it lets pass, or decide anew and write a later day with the reason.",
    unique=True,
    ok=(Together(NODES), Together(NODES, exemptions=_until(date(9999, 1, 1)))),
    bad=(Together(NODES, exemptions=_until(date(2020, 1, 1))),),
)
def exemption_expired(stack: Stack) -> Iterator[tuple[Member, Found]]:
    for one in stack.ledger.exemptions:
        if one.until < stack.ledger.today:
            yield stack.members[0], Found(one.place, f"{one.place}: the exemption of {one.rule} ended on {one.until}")
