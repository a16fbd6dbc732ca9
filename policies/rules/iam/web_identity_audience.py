"""A token that was made for another application opens a role that does not ask whom it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import trust
from .._identity import ROLE, allowed
from .._owners import TRUST
from .._resource import Found
from .._rule import Severity, rule
from .._scope import fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


COGNITO: Final = "cognito-identity.amazonaws.com"
PROVIDER: Final = ":oidc-provider/"
SAML: Final = ":saml-provider/"
GITHUB: Final = {"Federated": f"arn:aws:iam::000000000000{PROVIDER}token.actions.githubusercontent.com"}
WEB: Final = "sts:AssumeRoleWithWebIdentity"


@rule(
    id="iam-web-identity-audience",
    title="Roles for an identity provider ask for the token's audience",
    applies_to=ROLE,
    severity=Severity.HIGH,
    fix="Compare the provider's `:aud` with the one client that the role is for.",
    frameworks=("NIST 800-53:IA-5",),
    unique=True,
    ok=(
        trust(GITHUB, WEB, StringEquals={"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}),
        trust({"Federated": COGNITO}, WEB, StringEquals={f"{COGNITO}:aud": "us-east-1:1"}),
        trust({"Federated": f"arn:aws:iam::000000000000{SAML}people"}, WEB, StringEquals={"SAML:aud": "https://a"}),
        trust({"Service": "lambda.amazonaws.com"}),
    ),
    bad=(
        trust(GITHUB, WEB),
        trust(GITHUB, WEB, StringLike={"token.actions.githubusercontent.com:aud": "*"}),
        trust({"Federated": COGNITO}, WEB, StringEquals={"accounts.google.com:aud": "1"}),
        trust({"Federated": f"arn:aws:iam::000000000000{SAML}people"}, WEB),
    ),
)
def web_identity_audience(role: Resource) -> Iterator[Result]:
    yield from allowed(role, _judge, (TRUST,))


def _judge(statement: Statement) -> Iterator[Found]:
    for provider in statement.principals.get("Federated", ()):
        issuer = "saml" if SAML in provider else provider.rpartition(PROVIDER)[2]
        if not fixed(statement, f"{issuer.lower()}:aud"):
            yield Found(provider, f"{statement.name} takes tokens of {issuer} that are for anybody")
