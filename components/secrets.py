"""Secrets without values, for the agents: people fill them.

No role may read the agents' yet: the function whose documents refer to one gets that right when there is such code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from .naming import Kind
from .resource_policies import Rule, document, tls_only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .arns import Arns
    from .naming import Names

AGENTS: Final = "agents"  # folder of the names that the stack file lists
_WINDOW_DAYS: Final = 7


def agent_secret_names(names: Names, secrets: Sequence[str]) -> dict[str, str]:
    """The physical names of the secrets that documents may refer to."""
    return {secret: names.name(Kind.SECRET, f"{AGENTS}/{secret}") for secret in secrets}


def secret_policy(arns: Arns) -> str:
    """Refuses everybody outside the account, and what does not come over TLS.

    A service that calls by itself is of no account; IAM lets none of them in.
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
    keep: bool  # protect and retain: production
    disposable: bool  # a deleted secret need not be had back


class Secrets(pulumi.ComponentResource):
    """Empty secrets of the agents, encrypted, for this account only."""

    agents: Mapping[str, str]  # name in the stack file -> physical name

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:secrets:Secrets", name, {}, opts)
        self.agents = agent_secret_names(args.names, args.agents)
        for secret_name, physical in self.agents.items():
            self._secret(f"{name}-{AGENTS}-{secret_name.replace('_', '-')}", args, physical)
        self.register_outputs({"agents": self.agents})

    def _secret(self, name: str, args: SecretsArgs, physical: str) -> None:
        secret = aws.secretsmanager.Secret(
            name,
            name=physical,
            description="Filled by people, for the agents",
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
