"""The pool, its client and its scopes, by size of the stack."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.contract import GROUPS
from components.identity import issuer_of, jwks_url, sign_in_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.recorder import Recording

AGENTS = Path(__file__).parents[2] / "agents"
POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
SERVER = "aws:cognito/resourceServer:ResourceServer"
RISKS = "aws:cognito/riskConfiguration:RiskConfiguration"
DOMAIN = "aws:cognito/userPoolDomain:UserPoolDomain"
PROGRAM = """
from components.identity import Identity, IdentityArgs

identity = Identity(
    "identity",
    IdentityArgs(
        names=names, keep={keep}, threat_protection={keep}, emulator=None, callbacks={callbacks},
    ),
    opts,
)
pulumi.export("scope_prefix", identity.scope_prefix)
"""
CALLBACK = "https://agents.example.com/callback"


@pytest.fixture
def identity(program: Callable[..., Recording]) -> Callable[..., Recording]:
    def recorded(*, keep: bool = False, callbacks: tuple[str, ...] = ()) -> Recording:
        return program(PROGRAM.format(keep=keep, callbacks=callbacks))

    return recorded


def one(recording: Recording, kind: str) -> Mapping[str, object]:
    (found,) = recording.of_type(kind)
    return found.values


@pytest.mark.parametrize("keep", [True, False])
def test_identity_is_made_of_these(identity: Callable[..., Recording], keep: bool) -> None:  # noqa: FBT001 - a case
    """One pool with its groups, one client, one domain, one resource server; in production the users stay."""
    recording = identity(keep=keep)
    component = next(one for one in recording.registrations if one.type.endswith(":Identity"))
    children = [one for one in recording.registrations if one.parent == component.urn]
    assert Counter(one.type for one in children) == {
        POOL: 1,
        "aws:cognito/userGroup:UserGroup": len(GROUPS),
        CLIENT: 1,
        SERVER: 1,
        DOMAIN: 1,
        **({RISKS: 1} if keep else {}),
    }
    assert [(one.type, one.protect, one.retain) for one in children if one.protect or one.retain] == (
        [(POOL, True, True)] if keep else []
    )
    assert component.urn in recording.completed


@pytest.mark.must_have("identity", "Users are made by administrators, in the groups of the contract")
def test_nobody_signs_up(identity: Callable[..., Recording]) -> None:
    """Nor can anybody have an account back without an administrator."""
    recording = identity()
    pool = one(recording, POOL)
    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert pool["accountRecoverySetting"] == {"recoveryMechanisms": [{"name": "admin_only", "priority": 1}]}
    groups = recording.of_type("aws:cognito/userGroup:UserGroup")
    assert {group.values["name"] for group in groups} == set(GROUPS)


@pytest.mark.must_have("identity", "Passwords are long and mixed, and in production everybody has a second factor")
@pytest.mark.parametrize(("keep", "factor"), [(True, "ON"), (False, "OPTIONAL")])
def test_a_password_is_not_enough(identity: Callable[..., Recording], keep: bool, factor: str) -> None:  # noqa: FBT001 - a case
    """An application on a phone makes the second factor, and no remembered device stands for it."""
    pool = one(identity(keep=keep), POOL)
    assert pool["mfaConfiguration"] == factor
    assert pool["softwareTokenMfaConfiguration"] == {"enabled": True}
    assert "deviceConfiguration" not in pool
    policy = pool["passwordPolicy"]
    assert isinstance(policy, dict)
    assert policy["minimumLength"] >= 14
    assert all(policy[f"require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"))


@pytest.mark.must_have("identity", "In production stolen passwords and odd sign-ins are stopped, and the pool stays")
def test_production_is_protected(identity: Callable[..., Recording]) -> None:
    """Threat protection is paid for by user, so only where people's work depends on it."""
    kept, other = one(identity(keep=True), POOL), one(identity(), POOL)
    assert (kept["userPoolTier"], kept["userPoolAddOns"]) == ("PLUS", {"advancedSecurityMode": "ENFORCED"})
    assert kept["deletionProtection"] == "ACTIVE"
    risks = one(identity(keep=True), RISKS)
    assert risks["compromisedCredentialsRiskConfiguration"] == {"actions": {"eventAction": "BLOCK"}}
    takeover = risks["accountTakeoverRiskConfiguration"]
    assert isinstance(takeover, dict)
    assert takeover["actions"]["highAction"] == {"eventAction": "BLOCK", "notify": False}
    assert other["userPoolTier"] == "ESSENTIALS"
    assert "userPoolAddOns" not in other


@pytest.mark.must_have("identity", "No attribute that users may write is ever used")
def test_users_write_nothing_that_counts(identity: Callable[..., Recording]) -> None:
    """The client names what may be written, or it would be nearly everything; and nothing of ours reads it."""
    client = one(identity(), CLIENT)
    assert client["writeAttributes"] == ["locale"]
    assert client["readAttributes"] == ["locale"]
    assert "schemas" not in one(identity(), POOL)
    read = {
        node.args[0].value
        for path in AGENTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "claims.get"
        and isinstance(node.args[0], ast.Constant)
    }
    # Those that Cognito itself writes into every access token; a user's attributes are in none.
    assert read == {"client_id", "cognito:groups", "exp", "iat", "iss", "nbf", "token_use", "username"}


@pytest.mark.must_have(
    "identity", "Tokens are short-lived, can be revoked, and a sign-in tells nobody who has an account"
)
def test_tokens_end(identity: Callable[..., Recording]) -> None:
    """An hour for what is shown to the API, a day for what renews it; no secret lies on laptops."""
    client = one(identity(), CLIENT)
    assert (client["accessTokenValidity"], client["refreshTokenValidity"]) == (60, 1)
    assert client["tokenValidityUnits"] == {"accessToken": "minutes", "idToken": "minutes", "refreshToken": "days"}
    assert client["enableTokenRevocation"] is True
    assert client["preventUserExistenceErrors"] == "ENABLED"
    assert client["generateSecret"] is False
    assert "ALLOW_USER_PASSWORD_AUTH" not in client["explicitAuthFlows"]


@pytest.mark.must_have("identity", "A resource server with a scope each for questions, configuration, access and audit")
def test_scopes_are_the_apis(identity: Callable[..., Recording]) -> None:
    """Tokens of a sign-in by browser say what they are for."""
    server = one(identity(), SERVER)
    scopes = server["scopes"]
    assert isinstance(scopes, list)
    assert {f"{server['identifier']}/{scope['scopeName']}" for scope in scopes} == {
        "qm/ask",
        "qm/config",
        "qm/access",
        "qm/audit",
    }
    assert str(one(identity(), DOMAIN)["domain"]).startswith("qm-signin-dev-")


@pytest.mark.must_have("identity", "Browsers sign in with a code, and only where there is an address to come back to")
def test_a_browser_needs_an_address(identity: Callable[..., Recording]) -> None:
    """Without one the client takes no OAuth flow at all; a token never stands in an address."""
    recording = identity(callbacks=(CALLBACK,))
    client = one(recording, CLIENT)
    assert client["allowedOauthFlows"] == ["code"]
    assert client["allowedOauthScopes"] == ["openid", "qm/ask", "qm/config", "qm/access", "qm/audit"]
    assert client["callbackUrls"] == [CALLBACK]
    assert recording.of_type(SERVER)[0].urn in recording.of_type(CLIENT)[0].dependencies
    assert not [key for key in one(identity(), CLIENT) if "Oauth" in key]


@pytest.mark.parametrize(
    ("region", "issuer"),
    [
        ("eu-central-1", "https://cognito-idp.eu-central-1.amazonaws.com/pool"),
        ("us-gov-west-1", "https://cognito-idp.us-gov-west-1.amazonaws.com/pool"),
    ],
)
def test_the_issuer_is_the_pools(region: str, issuer: str) -> None:
    """As the pool writes it into tokens; its keys lie below, or where the emulator has them."""
    auth = "auth-fips" if "gov" in region else "auth"
    assert sign_in_page(region, "d") == f"https://d.{auth}.{region}.amazoncognito.com"
    assert issuer_of(region, "pool") == issuer
    assert jwks_url(issuer, "pool", None) == f"{issuer}/.well-known/jwks.json"
    assert jwks_url(issuer, "pool", "http://127.0.0.1:1") == "http://127.0.0.1:1/pool/.well-known/jwks.json"
