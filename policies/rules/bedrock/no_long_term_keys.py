"""A long-term API key of Bedrock is a password that does not end and that no role stands behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

BEDROCK: Final = {"serviceName": "bedrock.amazonaws.com"}


@rule(
    id="bedrock-no-long-term-keys",
    title="No long-term API key of Bedrock is made",
    applies_to="aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
    severity=Severity.HIGH,
    fix="Let code call Bedrock with its role, and people with short-term keys.",
    sources=("prowler:bedrock_api_key_no_long_term_credentials",),
    frameworks=("AWS AI Security Framework 1.0:AISF-IAM-03",),
    parameters={"most_days": Parameter(0, "Longest life of a key that is allowed, in days; 0: none is.")},
    ok=(
        {"serviceName": "codecommit.amazonaws.com"},
        Of(BEDROCK | {"credentialAgeDays": 7}, config={"most_days": 30}),
    ),
    bad=(
        BEDROCK,
        BEDROCK | {"credentialAgeDays": 7},
        Of(BEDROCK, config={"most_days": 30}),
        Of(BEDROCK | {"credentialAgeDays": 31}, config={"most_days": 30}),
    ),
)
def no_long_term_keys(credential: Resource) -> Iterator[str]:
    if credential.text("serviceName") != "bedrock.amazonaws.com":
        return
    days, most = credential.number("credentialAgeDays"), int(credential.config["most_days"])
    if not days:
        yield "it is a key of Bedrock that never ends"
    elif days > most:
        yield f"it is a key of Bedrock for {days:g} days, {most} are allowed"
