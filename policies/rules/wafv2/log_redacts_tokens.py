"""A firewall logs headers as they come: without redaction its log is a list of everybody's tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import Found
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _redacted(*headers: str) -> dict[str, object]:
    return {"redactedFields": [{"singleHeader": {"name": header}} for header in headers]}


@rule(
    id="waf-log-redacts-tokens",
    title="Firewall logs hold no tokens",
    applies_to="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    severity=Severity.HIGH,
    fix="Add the headers to redacted_fields, as single_header.",
    frameworks=("NIST 800-53:AU-9", "NIST 800-53:IA-5(7)"),
    unique=True,
    parameters={"headers": Parameter(("authorization", "cookie"), "Headers that hold secrets, in lower case.")},
    ok=(
        _redacted("Authorization", "cookie"),
        Of(_redacted("authorization", "x-api-key"), config={"headers": ["x-api-key"]}),
        Of({}, config={"headers": []}),
    ),
    bad=(
        {},
        _redacted("cookie"),
        {"redactedFields": [{"uriPath": {}}]},
        Of(_redacted("authorization", "cookie"), config={"headers": ["x-api-key"]}),
    ),
)
def log_redacts_tokens(log: Resource) -> Iterator[Found]:
    hidden = {log.text(f"{path}.singleHeader.name").lower() for path in log.each("redactedFields")}
    for header in log.config["headers"]:
        if header not in hidden:
            yield Found(header, f"redactedFields lacks the header {header}")
