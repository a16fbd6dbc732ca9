"""The implicit grant puts tokens into addresses, which stand in histories, logs and referrers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import NotEvaluated
from .._rule import Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-no-implicit-grant",
    title="No client gets tokens in an address",
    applies_to="aws:cognito/userPoolClient:UserPoolClient",
    severity=Severity.HIGH,
    fix="Use the flow `code`, with PKCE for clients without a secret.",
    frameworks=("NIST 800-53:IA-5(7)",),
    unique=True,
    ok=({}, {"allowedOauthFlows": ["code"]}),
    bad=({"allowedOauthFlows": ["code", "implicit"]}, {"allowedOauthFlows": "implicit"}),
)
def no_implicit_grant(client: Resource) -> Iterator[str | NotEvaluated]:
    flows = texts(client, "allowedOauthFlows")
    if "implicit" in flows.values:
        yield "allowedOauthFlows has implicit"
    elif flows.unknown:
        yield NotEvaluated("allowedOauthFlows")
