"""Without traces nobody can say which of five functions made an answer slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-tracing",
    title="Functions trace their requests",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Set tracing_config with mode Active.",
    sources=("FSBP:Lambda.7", "cdk-nag:Serverless-LambdaTracing", "checkov:CKV_AWS_50"),
    enforcement=Enforcement.ADVISORY,
    parameters={"modes": Parameter(("Active",), "Modes that are allowed.")},
    ok=(
        {"tracingConfig": {"mode": "Active"}},
        Of({"tracingConfig": {"mode": "PassThrough"}}, config={"modes": ["Active", "PassThrough"]}),
    ),
    bad=({}, {"tracingConfig": {"mode": "PassThrough"}}),
)
def tracing(function: Resource) -> Iterator[str]:
    mode = function.text("tracingConfig.mode") or "PassThrough"
    if mode not in list(function.config["modes"]):
        yield f"tracing is {mode}"
