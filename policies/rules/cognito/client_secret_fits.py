"""A secret in an app on a laptop is public; a machine without one is anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import NotEvaluated
from .._rule import Severity, rule
from .._scalars import is_true, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


HERE: Final = ("http://localhost", "http://127.0.0.1", "http://[::1]")
MACHINE: Final = "client_credentials"


@rule(
    id="cognito-client-secret-fits",
    title="Machines have a client secret, installed apps have none",
    applies_to="aws:cognito/userPoolClient:UserPoolClient",
    severity=Severity.MEDIUM,
    fix="Set generate_secret to true for client_credentials, and to false for apps on people's devices.",
    frameworks=("NIST 800-53:IA-5(7)",),
    unique=True,
    ok=(
        {},
        {"generateSecret": True, "allowedOauthFlows": [MACHINE]},
        {"generateSecret": True, "allowedOauthFlows": ["code"], "callbackUrls": ["https://qm.example.com/back"]},
        {"generateSecret": False, "callbackUrls": ["http://localhost:8400/back"]},
    ),
    bad=(
        {"allowedOauthFlows": [MACHINE]},
        {"generateSecret": False, "allowedOauthFlows": [MACHINE]},
        {"generateSecret": True, "callbackUrls": ["http://localhost:8400/back"]},
        {"generateSecret": "true", "callbackUrls": ["quartermaster://back"]},
    ),
)
def client_secret_fits(client: Resource) -> Iterator[str | NotEvaluated]:
    flows, addresses = texts(client, "allowedOauthFlows"), texts(client, "callbackUrls")
    if flows.unknown or addresses.unknown:
        yield NotEvaluated("allowedOauthFlows" if flows.unknown else "callbackUrls")
        return
    secret = is_true(client.known("generateSecret"))
    installed = [one for one in addresses.values if one.startswith(HERE) or not one.startswith("http")]
    if MACHINE in flows.values and not secret:
        yield f"allowedOauthFlows has {MACHINE}, and generateSecret is not true"
    if secret and installed:
        yield f"generateSecret is true, and {installed[0].partition(':')[0]} in callbackUrls is an installed app's"
