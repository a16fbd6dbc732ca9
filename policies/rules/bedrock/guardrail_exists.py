"""Without a guardrail a model answers whatever it is asked, and repeats whatever it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._bedrock import DOCUMENTS, GUARDRAIL, ROLE_POLICY, uses_models
from .._resource import NotEvaluated
from .._rule import Enforcement, Parameter, Severity, stack_rule
from .._stack import Node, Together
from .model_supported import may, model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

INVOKES = Node(ROLE_POLICY, "grants", may(model("amazon.nova-pro-v1:0")))


@stack_rule(
    id="bedrock-guardrail-exists",
    title="A stack that invokes models has a guardrail",
    severity=Severity.HIGH,
    fix="Turn on features.guardrail, or add a Guardrail and its version.",
    sources=("prowler:bedrock_guardrails_configured",),
    enforcement=Enforcement.ADVISORY,
    parameters={"required": Parameter(default=True, description="False where another stack owns the guardrail.")},
    ok=(
        Together(()),
        Together((Node(ROLE_POLICY, "grants", {"policy": '{"Statement": []}'}),)),
        Together((INVOKES, Node(GUARDRAIL, "guardrail"))),
        Together((INVOKES,), {"required": False}),
    ),
    bad=(Together((INVOKES,)), Together((Node("aws:bedrock/agentAgent:AgentAgent", "agent"),))),
)
def guardrail_exists(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    if stack.of(GUARDRAIL) or not stack.members or not stack.members[0].config["required"]:
        return
    uses = uses_models(stack)
    if uses is None:
        yield from (NotEvaluated(f"{one.name}.policy") for kind in DOCUMENTS for one in stack.of(kind))
    elif uses:
        yield stack.members[0], "models may be invoked, and there is no guardrail"
