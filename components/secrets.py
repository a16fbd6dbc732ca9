"""Secrets without values: ours are filled and replaced by the rotation function, the agents' by people.

No role may read the agents' yet: the function whose documents refer to one gets that right when there is such code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.contract import SECRETS

from .naming import Kind
from .resource_policies import Rule, document, tls_only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .arns import Arns
    from .naming import Names

AGENTS: Final = "agents"  # folder of the names that the stack file lists
_WINDOW_DAYS: Final = 7


def secret_names(names: Names) -> dict[str, str]:
    """The physical names of the secrets in the contract."""
    return {secret.name: names.name(Kind.SECRET, secret.name) for secret in SECRETS}


def agent_secret_names(names: Names, secrets: Sequence[str]) -> dict[str, str]:
    """The physical names of the secrets that documents may refer to."""
    return {secret: names.name(Kind.SECRET, f"{AGENTS}/{secret}") for secret in secrets}


def secret_policy(arns: Arns) -> str:
    """Refuses everybody outside the account, and what does not come over TLS.

    A service that calls by itself is of no account; IAM lets none of them in, and the rotation has a role of ours.
    """
    strangers = Rule(
        sid="ThisAccountOnly",
        denies=True,
        principal="*",
        actions=("secretsmanager:*",),
        condition={
            "StringNotEquals": {"aws:PrincipalAccount": arns.account},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    )
    return document((strangers, tls_only("secretsmanager:*")))


def recovery_days(*, keep: bool, disposable: bool) -> int:
    """Days in which a deleted secret can be had back. None for what is thrown away: its name is free at once."""
    if disposable:
        return 0
    return 30 if keep else _WINDOW_DAYS


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    names: Names
    arns: Arns
    key: pulumi.Input[str]  # ARN
    agents: Sequence[str]  # names that documents may refer to
    rotation_name: pulumi.Input[str]  # of the function
    rotation_arn: pulumi.Input[str]  # of its alias that serves
    rotation_alias: str  # the name of that
    keep: bool  # protect and retain: production
    disposable: bool  # a deleted secret need not be had back


class Secrets(pulumi.ComponentResource):
    """Empty secrets, encrypted, for this account only; those of the contract with a schedule that replaces them."""

    own: Mapping[str, str]  # name in the contract -> physical name
    agents: Mapping[str, str]  # name in the stack file -> physical name

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:secrets:Secrets", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.own = secret_names(args.names)
        self.agents = agent_secret_names(args.names, args.agents)
        permission = aws.lambda_.Permission(
            f"{name}-rotation",
            action="lambda:InvokeFunction",
            function=args.rotation_name,
            qualifier=args.rotation_alias,
            principal="secretsmanager.amazonaws.com",
            source_account=args.arns.account,
            opts=child,
        )
        for secret in SECRETS:
            made = self._secret(f"{name}-{secret.name}", args, self.own[secret.name], "Filled by its rotation")
            aws.secretsmanager.SecretRotation(
                f"{name}-{secret.name}-rotation",
                secret_id=made.id,
                rotation_lambda_arn=args.rotation_arn,
                rotation_rules={"automatically_after_days": secret.rotate_days},
                # The schedule goes with its secret; taking it off first would only be one more call that can fail.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[permission], deleted_with=made),
            )
        for secret_name, physical in self.agents.items():
            self._secret(
                f"{name}-{AGENTS}-{secret_name.replace('_', '-')}", args, physical, "Filled by people, for the agents"
            )
        self.register_outputs({"own": self.own, "agents": self.agents})

    def _secret(self, name: str, args: SecretsArgs, physical: str, description: str) -> aws.secretsmanager.Secret:
        secret = aws.secretsmanager.Secret(
            name,
            name=physical,
            description=description,
            kms_key_id=args.key,
            recovery_window_in_days=recovery_days(keep=args.keep, disposable=args.disposable),
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep),
        )
        aws.secretsmanager.SecretPolicy(
            f"{name}-policy",
            secret_arn=secret.arn,
            policy=secret_policy(args.arns),
            block_public_policy=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return secret
