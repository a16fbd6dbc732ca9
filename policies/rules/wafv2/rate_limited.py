"""One caller who asks a thousand times a second is an attack or a loop, and both are paid by the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL, ACL_RULE, entries
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


RATE: Final = {"name": "rate", "statement": {"rateBasedStatement": {"limit": 1000, "aggregateKeyType": "IP"}}}
BLOCK: Final[dict[str, object]] = {"action": {"block": {}}}


@stack_rule(
    id="waf-rate-limited",
    title="Web ACLs limit how often a caller asks",
    severity=Severity.MEDIUM,
    fix="Add a rule with a rate_based_statement whose action is block.",
    frameworks=("NIST 800-53:SC-5",),
    ok=(
        Together((Node(ACL, "edge", {"rules": [RATE | BLOCK]}),)),
        Together((Node(ACL, "edge"), Node(ACL_RULE, "rate", RATE | BLOCK, {"webAclArn": "edge"}))),
    ),
    bad=(
        Together((Node(ACL, "edge"),)),
        Together((Node(ACL, "edge", {"rules": [RATE | {"action": {"count": {}}}]}),)),
        Together((Node(ACL, "edge", {"rules": [{"name": "geo", "statement": {"geoMatchStatement": {}}} | BLOCK]}),)),
    ),
)
def rate_limited(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for acl in stack.of(ACL):
        found = entries(stack, acl)
        if found is None:
            yield NotEvaluated(f"{acl.name}.rules")
        elif not any(one.limits_rate and one.acts for one in found):
            yield acl, "no rule limits how often a caller asks"
