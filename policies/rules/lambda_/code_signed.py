"""A code signing configuration refuses code that nobody we trust has signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-code-signed",
    title="Functions run signed code only",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Set code_signing_config_arn.",
    sources=("checkov:CKV_AWS_272",),
    enforcement=Enforcement.ADVISORY,
    parameters={"required": Parameter(default=False, description="Whether zips must be signed; images never are.")},
    ok=(
        {},
        Of({"codeSigningConfigArn": "arn"}, config={"required": True}),
        Of({"packageType": "Image"}, config={"required": True}),
    ),
    bad=(Of({}, config={"required": True}), Of({"packageType": "Zip"}, config={"required": True})),
)
def code_signed(function: Resource) -> Iterator[str]:
    if not function.config["required"] or function.is_set("codeSigningConfigArn"):
        return
    if function.text("packageType") != "Image":
        yield "codeSigningConfigArn is not set"
