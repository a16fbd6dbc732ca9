"""With the plain password flow every client sees the password itself; SRP proves it without sending it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import NotEvaluated
from .._rule import Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


PLAIN: Final = {"USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"}


@rule(
    id="cognito-no-plain-password-flow",
    title="No client sends plain passwords",
    applies_to="aws:cognito/userPoolClient:UserPoolClient",
    severity=Severity.MEDIUM,
    fix="Use ALLOW_USER_SRP_AUTH, or the browser sign-in.",
    frameworks=("NIST 800-53:IA-5(1)",),
    unique=True,
    ok=({}, {"explicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}),
    bad=({"explicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}, {"explicitAuthFlows": ["USER_PASSWORD_AUTH"]}),
)
def no_plain_password_flow(client: Resource) -> Iterator[str | NotEvaluated]:
    flows = texts(client, "explicitAuthFlows")
    plain = sorted(PLAIN & set(flows.values))
    if plain:
        yield f"explicitAuthFlows has {', '.join(plain)}"
    elif flows.unknown:
        yield NotEvaluated("explicitAuthFlows")
