"""A line of free text cannot be asked who failed and why; a JSON line with the request's id can."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


VARIABLE: Final = re.compile(r"\$context\.[A-Za-z0-9_.-]+")
STAGES: Final = ("aws:apigateway/stage:Stage", "aws:apigatewayv2/stage:Stage")


def _format(text: str) -> dict[str, object]:
    return {"accessLogSettings": {"destinationArn": "arn", "format": text}}


@rule(
    id="api-access-log-json",
    title="Access logs are JSON, and say which request, who and what came of it",
    applies_to=STAGES,
    severity=Severity.LOW,
    fix="Set access_log_settings.format to a JSON object on one line with the asked fields.",
    sources=("cdk-nag:Serverless-APIGWStructuredLogging",),
    frameworks=("NIST 800-53:AU-3",),
    parameters={
        "fields": Parameter(("requestId", "status"), "Variables of `$context` that each line must hold."),
    },
    ok=(
        {},
        _format('{"id": "$context.requestId", "status": $context.status}'),
        Of(_format('{"id": "$context.requestId"}'), STAGES[1], {"fields": ["requestId"]}),
    ),
    bad=(
        _format("$context.identity.sourceIp - $context.requestId [$context.status]"),
        _format('{"id": "$context.requestId"}'),
        _format('{\n"id": "$context.requestId", "status": "$context.status"}'),
        Of(_format('{"status": "$context.status"}'), STAGES[1]),
    ),
)
def access_log_json(stage: Resource) -> Iterator[str]:
    text = stage.text("accessLogSettings.format").strip()
    if not text:
        return
    try:
        line = json.loads(VARIABLE.sub("0", text))
    except ValueError:
        line = None
    if not isinstance(line, dict) or "\n" in text:
        yield "accessLogSettings.format is not a JSON object on one line"
        return
    missing = [f"$context.{one}" for one in stage.config["fields"] if f"$context.{one}" not in VARIABLE.findall(text)]
    if missing:
        yield f"accessLogSettings.format lacks {', '.join(missing)}"
