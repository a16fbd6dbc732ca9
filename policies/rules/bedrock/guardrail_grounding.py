"""An answer that the data does not support sounds as sure as one that it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import GUARDRAIL
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _filters(**thresholds: float) -> dict[str, object]:
    filters = [{"type": kind, "threshold": value} for kind, value in thresholds.items()]
    return {"contextualGroundingPolicyConfig": {"filtersConfigs": filters}}


BOTH: Final = _filters(GROUNDING=0.75, RELEVANCE=0.5)


@rule(
    id="bedrock-guardrail-grounding",
    title="Guardrails check answers against what they are drawn from",
    applies_to=GUARDRAIL,
    severity=Severity.MEDIUM,
    fix="Add the filters GROUNDING and RELEVANCE to contextual_grounding_policy_config.",
    sources=("prowler:bedrock_guardrail_contextual_grounding_filter_enabled",),
    frameworks=("AWS AI Security Framework 1.0:AISF-AI-09",),
    parameters={"least_percent": Parameter(30, "Least threshold of both, in per cent.")},
    ok=(BOTH, Of(_filters(GROUNDING=0.9, RELEVANCE=0.9), config={"least_percent": 90})),
    bad=({}, _filters(GROUNDING=0.75), _filters(GROUNDING=0.1, RELEVANCE=0.5), Of(BOTH, config={"least_percent": 80})),
)
def guardrail_grounding(guardrail: Resource) -> Iterator[str]:
    found = {
        guardrail.text(f"{path}.type"): guardrail.number(f"{path}.threshold")
        for path in guardrail.each("contextualGroundingPolicyConfig.filtersConfigs")
    }
    least = int(guardrail.config["least_percent"]) / 100
    for kind in ("GROUNDING", "RELEVANCE"):
        if kind not in found:
            yield f"the filter {kind} is missing"
        elif found[kind] < least:
            yield f"the threshold of {kind} is {found[kind]:g}, at least {least:g} is asked for"
