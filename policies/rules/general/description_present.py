"""Who finds a role or a key in the console a year later should not have to guess what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Enforcement, Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

KEY: Final = "aws:kms/key:Key"
TYPES: Final = (
    "aws:lambda/function:Function",
    "aws:iam/role:Role",
    "aws:iam/policy:Policy",
    KEY,
    "aws:secretsmanager/secret:Secret",
    "aws:bedrock/guardrail:Guardrail",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:scheduler/schedule:Schedule",
)
MADE_UP: Final = frozenset({"", "Managed by Pulumi", "Managed by Terraform"})


@rule(
    id="description-present",
    title="Functions, roles, keys and schedules say what they are for",
    applies_to=TYPES,
    severity=Severity.LOW,
    fix="Set description to a sentence about what it does, and for whom.",
    enforcement=Enforcement.ADVISORY,
    parameters={"least": Parameter(8, "Fewest characters of a description.")},
    ok=(
        {"description": "Answers questions of the API"},
        Of({"description": "Key"}, KEY, {"least": 3}),
    ),
    bad=(
        {},
        {"description": "Managed by Pulumi"},
        Of({"description": "key"}, KEY),
        {"description": "Managed by Pulumi", "__defaults": ["description"]},
    ),
)
def description_present(resource: Resource) -> Iterator[str]:
    text = resource.text("description").strip() if resource.is_set("description") else ""
    if text in MADE_UP:
        yield "description is not set"
    elif len(text) < resource.config["least"]:
        yield f"description {text!r} says too little"
