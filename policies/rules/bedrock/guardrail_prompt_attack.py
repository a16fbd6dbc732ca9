"""Text that tells the model to forget its instructions is the first thing that a stranger tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import GUARDRAIL
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

STRENGTHS: Final = ("NONE", "LOW", "MEDIUM", "HIGH")


def _filter(kind: str, strength: str) -> dict[str, object]:
    return {
        "contentPolicyConfig": {"filtersConfigs": [{"type": kind, "inputStrength": strength, "outputStrength": "NONE"}]}
    }


@rule(
    id="bedrock-guardrail-prompt-attack",
    title="Guardrails stop prompt attacks",
    applies_to=GUARDRAIL,
    severity=Severity.HIGH,
    fix="Add the content filter PROMPT_ATTACK with input_strength HIGH.",
    sources=("prowler:bedrock_guardrail_prompt_attack_filter_enabled",),
    frameworks=("AWS AI Security Framework 1.0:AISF-AI-02",),
    parameters={"least": Parameter("HIGH", "Least strength: LOW, MEDIUM or HIGH.")},
    ok=(
        _filter("PROMPT_ATTACK", "HIGH"),
        Of(_filter("PROMPT_ATTACK", "LOW"), config={"least": "LOW"}),
    ),
    bad=({}, _filter("HATE", "HIGH"), _filter("PROMPT_ATTACK", "MEDIUM"), _filter("PROMPT_ATTACK", "NONE")),
)
def guardrail_prompt_attack(guardrail: Resource) -> Iterator[str]:
    strength = "NONE"
    for path in guardrail.each("contentPolicyConfig.filtersConfigs"):
        if guardrail.text(f"{path}.type") == "PROMPT_ATTACK":
            strength = guardrail.text(f"{path}.inputStrength") or "NONE"
    least = guardrail.config["least"]
    if strength not in STRENGTHS or STRENGTHS.index(strength) < STRENGTHS.index(least):
        yield f"the filter PROMPT_ATTACK has strength {strength}, {least} is asked for"
