"""An agent calls models by itself: what it may say is decided here or nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import AGENT
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

RAIL: Final = {"guardrailIdentifier": "g", "guardrailVersion": "1"}


@rule(
    id="bedrock-agent-guarded",
    title="Bedrock agents run with a version of a guardrail",
    applies_to=AGENT,
    severity=Severity.HIGH,
    fix="Set guardrail_configurations with the guardrail's id and version.",
    sources=("checkov:CKV_AWS_383", "prowler:bedrock_agent_guardrail_enabled"),
    frameworks=("AWS AI Security Framework 1.0:AISF-AI-04",),
    ok=({"guardrailConfigurations": [RAIL]},),
    bad=(
        {},
        {"guardrailConfigurations": []},
        {"guardrailConfigurations": [RAIL | {"guardrailVersion": "DRAFT"}]},
    ),
)
def agent_guarded(agent: Resource) -> Iterator[str]:
    paths = list(agent.each("guardrailConfigurations"))
    if not paths:
        yield "guardrailConfigurations is empty"
    for path in paths:
        if agent.text(f"{path}.guardrailVersion") == "DRAFT":
            yield f"{path} names the draft, which may change at any time"
