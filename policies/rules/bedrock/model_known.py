"""Of a model that nobody looked up nobody knows when it ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from .._bedrock import AGENT, DOCUMENTS, MODELS, ROLE_POLICY, invoked
from .._dates import TODAY, today
from .._resource import Found, NotEvaluated
from .._rule import Enforcement, Of, Parameter, Severity, rule
from .model_supported import may, model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SONNET: Final = may(model("anthropic.claude-sonnet-4-5-20250929-v1:0"))


@rule(
    id="bedrock-model-known",
    title="The life cycle of every model was looked up lately",
    applies_to=(*DOCUMENTS, AGENT),
    severity=Severity.LOW,
    fix="Look the model up on the page of life cycles, and write what it says into policies/data/models.json.",
    unique=True,
    enforcement=Enforcement.ADVISORY,
    parameters={
        "today": TODAY,
        "most_days": Parameter(180, "Days after which a fact about a model without an end is too old."),
    },
    ok=(
        Of(SONNET, ROLE_POLICY, {"today": "2026-08-01"}),
        Of(SONNET, ROLE_POLICY, {"today": "2027-08-01", "most_days": 730}),
        Of(may(model("anthropic.claude-3-haiku-20240307-v1:0")), ROLE_POLICY, {"today": "2030-01-01"}),
        Of({"foundationModel": "arn:aws:bedrock:us-east-1:000000000000:provisioned-model/abc"}, AGENT),
    ),
    bad=(
        Of(may(model("made.up-v1:0")), ROLE_POLICY),
        Of(SONNET, ROLE_POLICY, {"today": "2027-08-01"}),
        Of({"foundationModel": "made.up-v1:0"}, AGENT),
    ),
)
def model_known(resource: Resource) -> Iterator[Found | NotEvaluated]:
    day, most = today(resource.config), timedelta(days=int(resource.config["most_days"]))
    told: set[str] = set()
    for one in invoked(resource):
        if isinstance(one, NotEvaluated):
            yield one
            continue
        if one.id in told:
            continue
        told.add(one.id)
        known = MODELS.get(one.id)
        if known is None:
            yield Found(one.id, f"{one.id} is not in models.json")
        elif known["eol"] is None and day - date.fromisoformat(known["date"]) > most:
            yield Found(one.id, f"{one.id} was looked up on {known['date']} last")
