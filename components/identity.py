"""Who may sign in: a Cognito pool whose users are made by administrators, in the groups of the contract.

What a person may do follows from the groups alone, which only administrators change. The attributes of a user are
never asked: some of them a user may write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.contract import GROUPS, SCOPES

from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .naming import Names

# Not naming any would let a user write every standard attribute, the address among them. This one nobody reads.
_ATTRIBUTES: Final = ("locale",)


def jwks_url(issuer: str, pool: str, emulator: str | None) -> str:
    """Where the pool's keys are; an emulated pool has the issuer of a real one, but not its address."""
    return f"{f'{emulator}/{pool}' if emulator else issuer}/.well-known/jwks.json"


def issuer_of(region: str, pool: str) -> str:
    """What a pool writes into `iss`."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://cognito-idp.{region}.{suffix}/{pool}"


def scopes_of(names: Names) -> Mapping[str, str]:
    """Scope of the contract -> as tokens and methods write it, such as `qm/ask`."""
    return {scope: f"{names.prefix}/{scope}" for scope in SCOPES}


def sign_in_page(region: str, domain: str) -> str:
    """Where a browser signs in. The pool's own domain; in GovCloud it has another place.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
    https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html
    """
    auth = "auth-fips" if region.startswith("us-gov-") else "auth"
    return f"https://{domain}.{auth}.{region}.amazoncognito.com"


def browser_sign_in(names: Names, callbacks: Sequence[str]) -> dict[str, object]:
    """What lets a client sign people in by browser, with a code and never with a token in an address.

    Nothing without an address to come back to: the client then takes passwords only.
    """
    if not callbacks:
        return {}
    return {
        "allowed_oauth_flows": ["code"],
        "allowed_oauth_flows_user_pool_client": True,
        "allowed_oauth_scopes": ["openid", *scopes_of(names).values()],
        "callback_urls": sorted(callbacks),
        "supported_identity_providers": ["COGNITO"],
    }


def risks() -> dict[str, object]:
    """What threat protection does about what it sees; by itself it only looks. Nobody is written to."""
    odd = {"high_action": "BLOCK", "medium_action": "MFA_REQUIRED", "low_action": "NO_ACTION"}
    return {
        "compromised_credentials_risk_configuration": {"actions": {"event_action": "BLOCK"}},
        "account_takeover_risk_configuration": {
            "actions": {level: {"event_action": action, "notify": False} for level, action in odd.items()}
        },
    }


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    names: Names
    keep: bool  # protect and retain the users, and ask each for a second factor: production
    threat_protection: bool  # stop stolen passwords and odd sign-ins; 0.02 USD a user and month, from the first user
    emulator: str | None  # where the emulator listens, when there is one
    callbacks: Sequence[str] = ()  # addresses of yours that a sign-in by browser comes back to; empty: passwords only


class Identity(pulumi.ComponentResource):
    """The user pool, its groups, a public client for signing in with a password or SRP, and scopes for browsers."""

    pool: pulumi.Output[str]
    client: pulumi.Output[str]
    issuer: pulumi.Output[str]
    jwks_url: pulumi.Output[str]
    domain: str  # first part of the address of the sign-in page
    scope_prefix: str  # of the contract's scopes, as a token of a sign-in by browser has them

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:identity:Identity", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        pool = self._pool(name, args)
        for group in GROUPS:
            aws.cognito.UserGroup(f"{name}-{group.replace('_', '-')}", name=group, user_pool_id=pool.id, opts=child)
        self.domain = args.names.name(Kind.SIGN_IN_DOMAIN, "signin")
        aws.cognito.UserPoolDomain(f"{name}-domain", domain=self.domain, user_pool_id=pool.id, opts=child)
        self.scope_prefix = args.names.prefix
        server = aws.cognito.ResourceServer(
            f"{name}-scopes",
            identifier=self.scope_prefix,
            name=args.names.name(Kind.RESOURCE_SERVER, "api"),
            scopes=[{"scope_name": scope, "scope_description": words} for scope, words in SCOPES.items()],
            user_pool_id=pool.id,
            opts=child,
        )
        if args.threat_protection:
            aws.cognito.RiskConfiguration(f"{name}-risks", user_pool_id=pool.id, **risks(), opts=child)
        client = self._client(name, args, pool, server)
        self.pool = pool.id
        self.client = client.id
        self.issuer = self.pool.apply(lambda pool_id: issuer_of(args.names.region, pool_id))
        self.jwks_url = pulumi.Output.all(self.issuer, self.pool).apply(
            lambda both: jwks_url(both[0], both[1], args.emulator)
        )
        self.register_outputs({"pool": self.pool, "client": self.client, "issuer": self.issuer, "domain": self.domain})

    def _pool(self, name: str, args: IdentityArgs) -> aws.cognito.UserPool:
        protection = {"advanced_security_mode": "ENFORCED"} if args.threat_protection else None
        return aws.cognito.UserPool(
            f"{name}-pool",
            name=args.names.name(Kind.USER_POOL, "users"),
            # Threat protection is of the dearest plan; the middle one is free for the first 10,000 users.
            user_pool_tier="PLUS" if args.threat_protection else "ESSENTIALS",
            user_pool_add_ons=protection,
            admin_create_user_config={"allow_admin_create_user_only": True},
            username_configuration={"case_sensitive": False},
            password_policy={
                "minimum_length": 14,
                "require_lowercase": True,
                "require_numbers": True,
                "require_symbols": True,
                "require_uppercase": True,
                "temporary_password_validity_days": 3,
            },
            mfa_configuration="ON" if args.keep else "OPTIONAL",
            # No device is remembered: one that were would stand for the second factor.
            software_token_mfa_configuration={"enabled": True},
            account_recovery_setting={"recovery_mechanisms": [{"name": "admin_only", "priority": 1}]},
            deletion_protection="ACTIVE" if args.keep else "INACTIVE",
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep),
        )

    def _client(
        self, name: str, args: IdentityArgs, pool: aws.cognito.UserPool, server: aws.cognito.ResourceServer
    ) -> aws.cognito.UserPoolClient:
        return aws.cognito.UserPoolClient(
            f"{name}-client",
            name=args.names.name(Kind.CLIENT, "cli"),
            user_pool_id=pool.id,
            generate_secret=False,  # a laptop cannot keep one
            explicit_auth_flows=[
                "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
                "ALLOW_USER_SRP_AUTH",
            ],
            access_token_validity=60,
            id_token_validity=60,
            refresh_token_validity=1,
            token_validity_units={"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"},
            auth_session_validity=3,
            enable_token_revocation=True,
            prevent_user_existence_errors="ENABLED",
            read_attributes=list(_ATTRIBUTES),
            write_attributes=list(_ATTRIBUTES),
            **browser_sign_in(args.names, args.callbacks),
            # A scope is refused before its server is there.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[server]),
        )
