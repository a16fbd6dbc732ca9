"""Two agents with one role have each other's rights: the one that is tricked uses them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import AGENT, ROLE
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

KEY: Final = "agentResourceRoleArn"


def _agent(name: str, arn: str, source: str = "") -> Node:
    return Node(AGENT, name, {KEY: arn}, {KEY: source} if source else {})


@stack_rule(
    id="bedrock-agent-role-own",
    title="Every Bedrock agent has a role of its own",
    severity=Severity.MEDIUM,
    fix="Make a role for each agent, with the rights that its tools need.",
    sources=("prowler:bedrock_agent_role_not_shared_across_agents",),
    frameworks=("AWS AI Security Framework 1.0:AISF-AGENT-01",),
    ok=(
        Together((_agent("a", "arn:1"), _agent("b", "arn:2"))),
        Together((Node(ROLE, "one"), Node(ROLE, "two"), _agent("a", "x", "one"), _agent("b", "y", "two"))),
    ),
    bad=(
        Together((_agent("a", "arn:1"), _agent("b", "arn:1"))),
        Together((Node(ROLE, "one"), _agent("a", "x", "one"), _agent("b", "y", "one"))),
    ),
)
def agent_role_own(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    seen: dict[object, Member] = {}
    for agent in stack.of(AGENT):
        role: object = agent.sources.get(KEY) or agent.peek(KEY)
        if role is UNKNOWN:
            yield NotEvaluated(f"{agent.name}.{KEY}")
            continue
        other = seen.setdefault(role, agent)
        if other is not agent:
            yield agent, f"it has the role of {other.name}"
