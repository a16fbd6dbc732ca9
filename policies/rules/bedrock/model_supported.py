"""After its last day a model answers nothing; before it there are months to try another."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from .._bedrock import AGENT, DOCUMENTS, MODELS, ROLE_POLICY, invoked
from .._dates import TODAY, today
from .._resource import Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

DAY: Final = {"today": "2026-06-30"}


def may(resource: str, **statement: object) -> dict[str, str]:
    """A document of one statement that allows to invoke it."""
    one = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": resource, **statement}
    return {"policy": json.dumps({"Statement": [one]})}


def model(name: str, region: str = "us-east-1") -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{name}"


def profile(name: str) -> str:
    return f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/{name}"


@rule(
    id="bedrock-model-supported",
    title="No model is past its end of life, or near it",
    applies_to=(*DOCUMENTS, AGENT),
    severity=Severity.HIGH,
    fix="Try the stack with another model, and set it in runtime.model.",
    unique=True,
    parameters={
        "today": TODAY,
        "notice_days": Parameter(90, "Days before the end of life from which on the model is a finding."),
    },
    ok=(
        Of(may(model("anthropic.claude-sonnet-4-5-20250929-v1:0")), ROLE_POLICY, DAY),
        Of(may(model("anthropic.claude-opus-4-1-20250805-v1:0")), ROLE_POLICY, DAY),
        Of(may("*"), ROLE_POLICY, DAY),
        Of(may(model("anthropic.claude-3-haiku-20240307-v1:0"), Effect="Deny"), ROLE_POLICY, DAY),
        Of({"foundationModel": "amazon.nova-pro-v1:0"}, AGENT, DAY),
    ),
    bad=(
        Of(may(model("anthropic.claude-3-7-sonnet-20250219-v1:0")), ROLE_POLICY, DAY),
        Of(may(profile("us.anthropic.claude-3-7-sonnet-20250219-v1:0")), ROLE_POLICY, DAY),
        Of(may(model("anthropic.claude-3-haiku-20240307-v1:0")), ROLE_POLICY, DAY),
        Of(may(model("anthropic.claude-opus-4-1-20250805-v1:0")), ROLE_POLICY, DAY | {"notice_days": 365}),
        Of({"foundationModel": "amazon.nova-premier-v1:0"}, AGENT, {"today": "2026-09-14"}),
    ),
)
def model_supported(resource: Resource) -> Iterator[Found | NotEvaluated]:
    day = today(resource.config)
    told: set[str] = set()
    for one in invoked(resource):
        if isinstance(one, NotEvaluated):
            yield one
            continue
        known = MODELS.get(one.id)
        if known is None or known["eol"] is None or one.id in told:
            continue
        told.add(one.id)
        end = date.fromisoformat(known["eol"])
        if day + timedelta(days=int(resource.config["notice_days"])) >= end:
            yield Found(one.id, f"{one.id} {'ended' if day >= end else 'ends'} on {end}")
