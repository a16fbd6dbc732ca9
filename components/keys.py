"""Customer-managed keys, one a purpose, with policies that name who may use them through which service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from .naming import Kind

if TYPE_CHECKING:
    from .arns import Arns
    from .naming import Names

DATA: Final = "data"  # tables, lake, query results, variables of functions
LOGS: Final = "logs"

# Everything about a key but using it; listed, because `kms:*` would hide what was handed out.
_ADMINISTRATION: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
_USE: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def key_policy(arns: Arns, purpose: str, log_groups: str) -> str:
    """The policy of the key of one purpose.

    The account's own IAM documents decide who administers a key, and who uses it through the services that hold
    our data. CloudWatch Logs acts by itself, so it is named, and only for log groups that match `log_groups`.
    """
    root = {"AWS": arns.root()}
    statements: list[dict[str, object]] = [
        {
            "Sid": "AccountAdministers",
            "Effect": "Allow",
            "Principal": root,
            "Action": list(_ADMINISTRATION),
            "Resource": "*",  # in a key's policy: this key
        }
    ]
    if purpose == LOGS:
        statements.append(
            {
                "Sid": "LogsEncrypts",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{arns.region}.amazonaws.com"},
                "Action": [*_USE],
                "Resource": "*",
                "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arns.log_group(log_groups)}},
            }
        )
    else:
        through = {
            "kms:ViaService": [f"{service}.{arns.region}.amazonaws.com" for service in ("dynamodb", "lambda", "s3")]
        }
        statements += [
            {
                "Sid": "AccountUses",
                "Effect": "Allow",
                "Principal": root,
                "Action": [*_USE],
                "Resource": "*",
                "Condition": {"StringEquals": through},
            },
            {
                "Sid": "ServicesOfTheAccountKeepUsing",
                "Effect": "Allow",
                "Principal": root,
                "Action": ["kms:CreateGrant"],
                "Resource": "*",
                "Condition": {"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
        ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    names: Names
    arns: Arns
    keep: bool  # protect and retain: production


class Keys(pulumi.ComponentResource):
    """One rotating key for data and one for logs, each with an alias that policies can name."""

    data: pulumi.Output[str]  # ARN
    logs: pulumi.Output[str]  # ARN
    data_alias: str  # without `alias/`; known before the key is

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:keys:Keys", name, {}, opts)
        self.data_alias = args.names.name(Kind.ALIAS, DATA)
        self.data = self._key(name, args, DATA)
        self.logs = self._key(name, args, LOGS)
        self.register_outputs({"data": self.data, "logs": self.logs})

    def _key(self, name: str, args: KeysArgs, purpose: str) -> pulumi.Output[str]:
        log_groups = f"/aws/*/{args.names.prefix}-*-{args.names.environment}"
        keep = pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep)
        key = aws.kms.Key(
            f"{name}-{purpose}",
            description=f"{purpose} of {args.names.prefix} {args.names.environment}",
            deletion_window_in_days=30 if args.keep else 7,
            enable_key_rotation=True,
            policy=key_policy(args.arns, purpose, log_groups),
            opts=keep,
        )
        aws.kms.Alias(
            f"{name}-{purpose}-alias",
            name=f"alias/{args.names.name(Kind.ALIAS, purpose)}",
            target_key_id=key.key_id,
            opts=keep,
        )
        arn: pulumi.Output[str] = key.arn
        return arn
