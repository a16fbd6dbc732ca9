"""NAT gateways are paid by the hour: production needs one in each zone to outlive a zone, development hardly one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Enforcement, Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


NAT: Final = "aws:ec2/natGateway:NatGateway"
SUBNET: Final = "aws:ec2/subnet:Subnet"
PRIVATE: Final = Node(NAT, "private", {"connectivityType": "private"})


def _nats(count: int) -> tuple[Node, ...]:
    return (Node(SUBNET, "a"), *(Node(NAT, f"nat-{number}") for number in range(count)))


@stack_rule(
    id="ec2-nat-count",
    title="A stack has as many NAT gateways as its environment needs",
    severity=Severity.LOW,
    fix="Set networking.nat to a count between the two limits.",
    unique=True,
    enforcement=Enforcement.ADVISORY,
    parameters={
        "least": Parameter(0, "Fewest NAT gateways of a stack that has subnets."),
        "most": Parameter(3, "Most NAT gateways."),
    },
    ok=(
        Together(()),
        Together((), {"least": 2}),
        Together(_nats(3)),
        Together((*_nats(1), PRIVATE), {"most": 1}),
        Together(_nats(2), {"least": 2, "most": 3}),
    ),
    bad=(Together(_nats(4)), Together(_nats(2), {"most": 1}), Together(_nats(1), {"least": 2})),
)
def nat_count(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    nats = [nat for nat in stack.of(NAT) if nat.peek("connectivityType") != "private"]
    about = nats[:1] or list(stack.of(SUBNET)[:1])
    if not about:
        return
    if any(nat.peek("connectivityType") is UNKNOWN for nat in nats):
        yield NotEvaluated("connectivityType")
        return
    least, most = int(about[0].config["least"]), int(about[0].config["most"])
    if not least <= len(nats) <= most:
        yield about[0], f"there are {len(nats)} NAT gateways, {least} to {most} are asked for"
