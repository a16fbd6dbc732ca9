"""Who may sign in: a Cognito pool whose users are made by administrators, in the groups of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from agents.contract import GROUPS

from .naming import Kind

if TYPE_CHECKING:
    from .naming import Names


def jwks_url(issuer: str, pool: str, emulator: str | None) -> str:
    """Where the pool's keys are; an emulated pool has the issuer of a real one, but not its address."""
    return f"{f'{emulator}/{pool}' if emulator else issuer}/.well-known/jwks.json"


def issuer_of(region: str, pool: str) -> str:
    """What a pool writes into `iss`."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://cognito-idp.{region}.{suffix}/{pool}"


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    names: Names
    keep: bool  # protect and retain the users, and ask each for a second factor: production
    emulator: str | None  # where the emulator listens, when there is one


class Identity(pulumi.ComponentResource):
    """The user pool, its groups and a public client for signing in with a password or SRP."""

    pool: pulumi.Output[str]
    pool_arn: pulumi.Output[str]
    client: pulumi.Output[str]
    issuer: pulumi.Output[str]
    jwks_url: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:identity:Identity", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep)
        pool = aws.cognito.UserPool(
            f"{name}-pool",
            name=args.names.name(Kind.USER_POOL, "users"),
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
            software_token_mfa_configuration={"enabled": True},
            account_recovery_setting={"recovery_mechanisms": [{"name": "admin_only", "priority": 1}]},
            deletion_protection="ACTIVE" if args.keep else "INACTIVE",
            opts=kept,
        )
        for group in GROUPS:
            aws.cognito.UserGroup(f"{name}-{group.replace('_', '-')}", name=group, user_pool_id=pool.id, opts=child)
        client = aws.cognito.UserPoolClient(
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
            enable_token_revocation=True,
            prevent_user_existence_errors="ENABLED",
            opts=child,
        )
        self.pool = pool.id
        self.pool_arn = pool.arn
        self.client = client.id
        self.issuer = self.pool.apply(lambda pool_id: issuer_of(args.names.region, pool_id))
        self.jwks_url = pulumi.Output.all(self.issuer, self.pool).apply(
            lambda both: jwks_url(both[0], both[1], args.emulator)
        )
        self.register_outputs({"pool": self.pool, "client": self.client, "issuer": self.issuer})
