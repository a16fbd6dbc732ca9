"""Who is stopped should learn what to do instead; an empty answer looks like a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._bedrock import GUARDRAIL
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="bedrock-guardrail-messages",
    title="Guardrails say why they stop, to both sides",
    applies_to=GUARDRAIL,
    severity=Severity.LOW,
    fix="Write a sentence that says what cannot be answered, and what can.",
    unique=True,
    parameters={"least": Parameter(20, "Fewest characters of a message.")},
    ok=(
        {
            "blockedInputMessaging": "I cannot work with this request.",
            "blockedOutputsMessaging": "I have no answer to give.",
        },
        Of({"blockedInputMessaging": "No", "blockedOutputsMessaging": "No"}, config={"least": 2}),
    ),
    bad=(
        {"blockedInputMessaging": "", "blockedOutputsMessaging": "I have no answer to give."},
        {"blockedInputMessaging": "I cannot work with this request.", "blockedOutputsMessaging": " blocked "},
        {},
    ),
)
def guardrail_messages(guardrail: Resource) -> Iterator[str]:
    for key in ("blockedInputMessaging", "blockedOutputsMessaging"):
        if len(guardrail.text(key).strip()) < int(guardrail.config["least"]):
            yield f"{key} says too little"
