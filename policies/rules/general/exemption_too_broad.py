"""An exemption for everything is a rule that has been switched off by the back door."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from .._exemptions import Exemption
from .._resource import Found
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

NODES = (Node("aws:s3/bucket:Bucket", "bucket"),)
LETTERS = re.compile(r"[A-Za-z0-9]")
LEAST_LETTERS = 4


def _of(resource: str, until: date) -> tuple[Exemption, ...]:
    return (Exemption(rule="s3-no-public-acl", resource=resource, reason="", owner="data", until=until, place="x:1"),)


SOON = date(2020, 1, 1)


@stack_rule(
    id="exemption-too-broad",
    title="An exemption names its resources, and ends within a year",
    severity=Severity.MEDIUM,
    fix="Name the resources that it is for, and a day by which somebody looks again.",
    unique=True,
    parameters={"most_days": Parameter(400, "Days from now that an exemption may last.")},
    ok=(Together(NODES), Together(NODES, exemptions=_of("data-bucket", SOON))),
    bad=(
        Together(NODES, exemptions=_of("*", SOON)),
        Together(NODES, exemptions=_of("a*", SOON)),
        Together(NODES, exemptions=_of("data-bucket", date(9999, 1, 1))),
        Together(NODES, {"most_days": 30}, exemptions=_of("data-bucket", date(2020, 3, 1))),
    ),
)
def exemption_too_broad(stack: Stack) -> Iterator[tuple[Member, Found]]:
    about, today = stack.members[0], stack.ledger.today
    for one in stack.ledger.exemptions:
        if len(LETTERS.findall(one.resource)) < LEAST_LETTERS:
            yield about, Found(one.place, f"{one.place}: {one.resource!r} may be any resource")
        most = int(about.config["most_days"])
        if one.until > today + timedelta(days=min(most, (date.max - today).days)):
            yield about, Found(one.place, f"{one.place}: it lasts until {one.until}, more than {most} days")
