"""Customer-managed keys, one a purpose; or one key of yours for all that encrypt. Key pairs that sign are ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from .key_policies import (
    AUDIT,
    BACKUP,
    DATA,
    DELEGATION,
    LOGS,
    MESSAGES,
    SECRETS,
    SIGNERS,
    key_policy,
    signing_key_policy,
)
from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .arns import Arns
    from .naming import Names


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    names: Names
    arns: Arns
    keep: bool  # protect and retain: production
    existing: str = ""  # ARN of a key of yours: it encrypts for every purpose, and none is made for that
    backup: bool = False  # whether there are backups to encrypt
    trail: str = ""  # name of the trail whose files the logs key encrypts; empty: none


@dataclass(frozen=True, kw_only=True)
class KeyArgs:
    """One key. `names` and `arns` are those of the region that it lies in."""

    names: Names
    arns: Arns
    purpose: str
    keep: bool
    trail: str = ""


def make_key(name: str, args: KeyArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The rotating key `{name}` and its alias `{name}-alias`; returns the key's ARN, known once the alias is there.

    Roles may use a key by its alias only (`iam.uses_key`), so what they do with it waits for the alias. KMS may take
    five minutes more until conditions on a new alias hold: who is refused within that time should try again.
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    policy = key_policy(args.arns, args.names, args.purpose, args.trail)
    return _named_key(name, args, {"enable_key_rotation": True, "policy": policy}, opts)


def make_signing_key(name: str, args: KeyArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The key pair `{name}` of ECDSA over P-256 and its alias, as `make_key`. KMS rotates no key pair by itself.

    To replace one, make another and move the alias; what the old one signed is verified with its own public key.
    """
    pair = {"customer_master_key_spec": "ECC_NIST_P256", "key_usage": "SIGN_VERIFY"}
    policy = signing_key_policy(args.arns, args.names, args.purpose)
    return _named_key(name, args, {**pair, "policy": policy}, opts)


def _named_key(
    name: str, args: KeyArgs, properties: Mapping[str, object], opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    kept = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=args.keep, retain_on_delete=args.keep))
    key = aws.kms.Key(
        name,
        description=f"{args.purpose} of {args.names.prefix} {args.names.environment}",
        deletion_window_in_days=30 if args.keep else 7,
        **properties,
        opts=kept,
    )
    alias = aws.kms.Alias(
        f"{name}-alias",
        name=f"alias/{args.names.name(Kind.ALIAS, args.purpose)}",
        target_key_id=key.key_id,
        opts=kept,
    )
    arn: pulumi.Output[str] = alias.target_key_arn
    return arn


class Keys(pulumi.ComponentResource):
    """One rotating key a purpose and two key pairs that sign, each with an alias that IAM documents can name before.

    A key of yours needs what `key_policies.policy_of_yours` says, since its policy is not ours:
    `qm settings --stack <stack> --explain keys.existing` prints it.
    """

    data: pulumi.Output[str]  # ARN, as the others
    logs: pulumi.Output[str]
    secrets: pulumi.Output[str]
    messages: pulumi.Output[str]
    backup: pulumi.Output[str] | None  # None when there are no backups
    audit: (
        str  # ARN of the alias: a plan must know every variable of some function, and the worker has no other unknown
    )
    delegation: pulumi.Output[str]
    named: Mapping[str, str]  # purpose -> what `iam.uses_key` takes: the alias, or the ARN of yours

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:keys:Keys", name, {}, opts)
        purposes = (DATA, LOGS, SECRETS, MESSAGES, *([BACKUP] if args.backup else []))
        aliases = {one: args.names.name(Kind.ALIAS, one) for one in (*purposes, *SIGNERS)}
        self.named = {one: alias if one in SIGNERS else args.existing or alias for one, alias in aliases.items()}
        made = {one: self._key(name, args, one) for one in (*purposes, *SIGNERS)}
        self.data, self.logs, self.secrets, self.messages = (made[one] for one in (DATA, LOGS, SECRETS, MESSAGES))
        self.backup = made.get(BACKUP)
        self.audit, self.delegation = args.arns.key_alias(self.named[AUDIT]), made[DELEGATION]
        self.register_outputs(dict(made))

    def _key(self, name: str, args: KeysArgs, purpose: str) -> pulumi.Output[str]:
        if args.existing and purpose not in SIGNERS:
            return pulumi.Output.from_input(args.existing)
        given = KeyArgs(
            names=args.names,
            arns=args.arns,
            purpose=purpose,
            keep=args.keep,
            trail=args.trail if purpose == LOGS else "",
        )
        make = make_signing_key if purpose in SIGNERS else make_key
        return make(f"{name}-{purpose}", given, pulumi.ResourceOptions(parent=self))
