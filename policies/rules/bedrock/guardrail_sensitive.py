"""What a model was shown it may show to the next who asks: cards, addresses, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import GUARDRAIL
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

WHERE: Final = "sensitiveInformationPolicyConfig"


def _entities(*entities: str, action: str = "BLOCK") -> dict[str, object]:
    return {WHERE: {"piiEntitiesConfigs": [{"type": one, "action": action} for one in entities]}}


@rule(
    id="bedrock-guardrail-sensitive",
    title="Guardrails hold back personal data and credentials",
    applies_to=GUARDRAIL,
    severity=Severity.HIGH,
    fix="Add pii_entities_configs with action BLOCK or ANONYMIZE.",
    sources=("prowler:bedrock_guardrail_sensitive_information_filter_enabled",),
    frameworks=("AWS AI Security Framework 1.0:AISF-AI-03",),
    parameters={"entities": Parameter(("PASSWORD", "AWS_SECRET_KEY"), "Kinds that must be held back.")},
    ok=(
        _entities("PASSWORD", "AWS_SECRET_KEY", "EMAIL"),
        Of(_entities("EMAIL", action="ANONYMIZE"), config={"entities": []}),
        Of({WHERE: {"regexesConfigs": [{"name": "card", "pattern": "x", "action": "BLOCK"}]}}, config={"entities": []}),
    ),
    bad=(
        {},
        _entities("EMAIL"),
        _entities("PASSWORD", "AWS_SECRET_KEY", action="NONE"),
        Of(_entities("PASSWORD"), config={"entities": ["NAME"]}),
        Of({}, config={"entities": []}),
    ),
)
def guardrail_sensitive(guardrail: Resource) -> Iterator[str]:
    held: set[str] = set()
    for kind, name in (("piiEntitiesConfigs", "type"), ("regexesConfigs", "name")):
        for path in guardrail.each(f"{WHERE}.{kind}"):
            if guardrail.text(f"{path}.action") in ("BLOCK", "ANONYMIZE"):
                held.add(guardrail.text(f"{path}.{name}"))
    missing = [one for one in guardrail.config["entities"] if one not in held]
    if not held:
        yield "nothing is held back"
    elif missing:
        yield f"not held back: {', '.join(missing)}"
