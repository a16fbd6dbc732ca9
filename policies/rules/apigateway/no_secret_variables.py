"""Stage variables are shown to everybody who may look at the stage, and stand in its exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import Found
from .._rule import Of, Severity, rule
from .._secret_words import sounds_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


STAGES: Final = {"aws:apigateway/stage:Stage": "variables", "aws:apigatewayv2/stage:Stage": "stageVariables"}
REST, HTTP = STAGES


@rule(
    id="api-no-secret-variables",
    title="Stage variables hold no secrets",
    applies_to=(REST, HTTP),
    severity=Severity.HIGH,
    fix="Keep the value in Secrets Manager, and its name in the variable.",
    sources=("prowler:apigateway_restapi_no_secrets_in_stage_variables",),
    frameworks=("NIST 800-53:IA-5(7)",),
    ok=({}, {"variables": {"alias": "live", "SECRET_NAME": "qm/key"}}, Of({"stageVariables": {"color": "blue"}}, HTTP)),
    bad=({"variables": {"dbPassword": "x"}}, Of({"stageVariables": {"API_KEY": "x"}}, HTTP)),
)
def no_secret_variables(stage: Resource) -> Iterator[Found]:
    path = STAGES[stage.type]
    for name in stage.keys(path):
        if sounds_secret(name):
            yield Found(name, f"{path} has {name}, which sounds like a secret")
