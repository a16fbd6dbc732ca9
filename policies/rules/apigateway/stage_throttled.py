"""Without a limit of its own an API may take the whole account's, and a loop in a client is paid by the million."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._scalars import amount
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


REST: Final = "aws:apigateway/stage:Stage"
SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
HTTP: Final = "aws:apigatewayv2/stage:Stage"
LIMITS: Final = ("throttlingRateLimit", "throttlingBurstLimit")
STAGE: Final = Node(REST, "stage")
OF_STAGE: Final = {"stageName": "stage"}
EVERY: Final = {"methodPath": "*/*"}


def _settings(**limits: object) -> Node:
    return Node(SETTINGS, "settings", EVERY | {"settings": limits}, OF_STAGE)


@stack_rule(
    id="api-stage-throttled",
    title="Every stage limits requests a second",
    severity=Severity.MEDIUM,
    fix="Add MethodSettings for `*/*` (REST) or default_route_settings (HTTP) with a rate and a burst.",
    sources=("cdk-nag:Serverless-APIGWDefaultThrottling",),
    frameworks=("NIST 800-53:SC-5",),
    ok=(
        Together(()),
        Together((STAGE, _settings(throttlingRateLimit=20, throttlingBurstLimit=40))),
        Together((Node(HTTP, "stage", {"defaultRouteSettings": dict.fromkeys(LIMITS, 20)}),)),
    ),
    bad=(
        Together((STAGE,)),
        Together((STAGE, _settings(throttlingRateLimit=-1, throttlingBurstLimit=-1))),
        Together((STAGE, _settings(throttlingRateLimit=20))),
        Together((STAGE, Node(SETTINGS, "ask", {"methodPath": "ask/POST", "settings": {}}, OF_STAGE))),
        Together((Node(HTTP, "stage"),)),
    ),
)
def stage_throttled(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for stage in stack.of(REST):
        many = [
            one
            for one in stack.of(SETTINGS)
            if stage.urn in sources_of(one, "stageName") and one.peek("methodPath") in ("*/*", UNKNOWN)
        ]
        yield from _judge(stage, [(one, "settings") for one in many])
    for stage in stack.of(HTTP):
        yield from _judge(stage, [(stage, "defaultRouteSettings")])


def _judge(stage: Member, places: list[tuple[Member, str]]) -> Iterator[tuple[Member, str] | NotEvaluated]:
    values = [[one.peek(f"{path}.{limit}") for limit in LIMITS] for one, path in places]
    if any(all(value is UNKNOWN or (amount(value) or -1) > 0 for value in pair) for pair in values):
        if any(UNKNOWN in pair for pair in values):
            yield NotEvaluated(f"{stage.name}.{LIMITS[0]}")
    else:
        yield stage, "requests a second are not limited for all methods"
