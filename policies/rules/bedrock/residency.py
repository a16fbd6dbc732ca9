"""A cross-region profile sends a question wherever its geography has room: outside of where data may be, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import DOCUMENTS, GEOGRAPHIES, ROLE_POLICY, invoked
from .._resource import Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .model_supported import may, model, profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SONNET: Final = "anthropic.claude-sonnet-4-5-20250929-v1:0"
US: Final = {"regions": ["us-east-1", "us-east-2", "us-west-2"]}
BY_PROFILE: Final = {"StringEquals": {"bedrock:InferenceProfileArn": profile(f"us.{SONNET}")}}


@rule(
    id="bedrock-residency",
    title="Models process data in allowed regions only",
    applies_to=DOCUMENTS,
    severity=Severity.HIGH,
    fix="Use a profile of a geography inside the list, or the model of one region.",
    unique=True,
    parameters={"regions": Parameter((), "Regions in which data may be processed; none: anywhere.")},
    ok=(
        Of(may(profile(f"global.{SONNET}")), ROLE_POLICY),
        Of(may(profile(f"us.{SONNET}")), ROLE_POLICY, US),
        Of(may(model(SONNET)), ROLE_POLICY, US),
        Of(may(model(SONNET, "*"), Condition=BY_PROFILE), ROLE_POLICY, US),
    ),
    bad=(
        Of(may(profile(f"us.{SONNET}")), ROLE_POLICY, {"regions": ["us-east-1"]}),
        Of(may(profile(f"global.{SONNET}")), ROLE_POLICY, US),
        Of(may(profile(f"eu.{SONNET}")), ROLE_POLICY, US),
        Of(may(model(SONNET, "eu-central-1")), ROLE_POLICY, US),
        Of(may(model(SONNET, "*")), ROLE_POLICY, US),
    ),
)
def residency(resource: Resource) -> Iterator[Found | NotEvaluated]:
    allowed = set(resource.config["regions"])
    if not allowed:
        return
    for one in invoked(resource):
        if isinstance(one, NotEvaluated):
            yield one
        elif one.geography:
            inside = GEOGRAPHIES[one.geography]
            outside = ["any region"] if inside is None else sorted({*inside, one.region} - allowed)
            if outside:
                yield Found(f"{one.geography}.{one.id}", f"the profile {one.geography} may use {', '.join(outside)}")
        elif one.region not in allowed and not (one.region == "*" and one.by_profile):
            yield Found(one.id, f"{one.id} may be called in {one.region or 'any region'}")
