"""Who may do what with the key of each purpose: the table to read when asking who can decrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.contract import API, WORKER

from .alarms import telling
from .naming import Kind
from .resource_policies import Rule, account, document, from_source, on_behalf, service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .arns import Arns
    from .naming import Names

DATA: Final = "data"  # tables, lake, query results, variables of functions, guardrail
LOGS: Final = "logs"  # log groups, and the log files of the trail
SECRETS: Final = "secrets"
MESSAGES: Final = "messages"  # alarms, and events that nobody could handle
BACKUP: Final = "backup"
AUDIT: Final = "audit"  # signs the heads of the audit's chains
DELEGATION: Final = "delegation"  # signs for callers who have no token of the user pool

# Purpose of a key pair -> the functions that sign with it, and nobody else in the account.
SIGNERS: Final[Mapping[str, tuple[str, ...]]] = {AUDIT: (WORKER.name,), DELEGATION: (API.name,)}

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
# A key pair does not rotate, and no service asks for grants of it.
_ADMINISTRATION_OF_PAIRS: Final = tuple(
    one for one in _ADMINISTRATION if "Rotat" not in one and one not in {"kms:ListGrants", "kms:RevokeGrant"}
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
# Through which services the account uses the key of a purpose, if its IAM documents say so too.
_THROUGH: Final[Mapping[str, tuple[str, ...]]] = {
    DATA: ("bedrock", "dynamodb", "lambda", "s3"),
    LOGS: ("s3",),
    SECRETS: ("secretsmanager",),
    MESSAGES: ("sns", "sqs"),
    BACKUP: ("backup", "backup-storage", "dynamodb", "s3"),  # vaults lie in backup-storage
}


def key_policy(arns: Arns, names: Names, purpose: str, trail: str = "") -> str:
    """The policy of the key of one purpose; `trail` is the name of the trail whose files the logs key encrypts.

    The account's own IAM documents decide who administers a key, and who uses it through the services that hold
    what it encrypts. A service that acts by itself is named, with the resources of ours that it may act for.
    """
    return document(_rules(arns, names, purpose, trail))


def signing_key_policy(arns: Arns, names: Names, purpose: str) -> str:
    """The policy of the key pair of one purpose: only the roles of its signers sign, and who IAM lets may verify.

    The condition names roles that need not exist yet. An administrator who signs must first change this policy, which
    the trail keeps.
    """
    signers = sorted(arns.role(names.name(Kind.ROLE, function)) for function in SIGNERS[purpose])
    return document(
        (
            Rule(sid="AccountAdministers", principal=account(arns), actions=_ADMINISTRATION_OF_PAIRS),
            Rule(
                sid="SignersSign",
                principal=account(arns),
                actions=("kms:Sign",),
                condition={"ArnEquals": {"aws:PrincipalArn": signers}},
            ),
            Rule(
                sid="AccountVerifies",
                principal=account(arns),
                actions=("kms:GetPublicKey", "kms:Verify"),
                condition={"StringEquals": {"kms:CallerAccount": arns.account}},
            ),
        )
    )


def trail_name(names: Names) -> str:
    """The trail's name, for the key and the bucket that let it write before it is."""
    return names.name(Kind.TRAIL, "audit")


def policy_of_yours(arns: Arns, names: Names, *, backup: bool, trail: str = "") -> str:
    """What the policy of one key for every purpose needs, beside the statements by which you administer it."""
    purposes = [one for one in _THROUGH if backup or one != BACKUP]
    through = {service for one in purposes for service in _THROUGH[one]}
    return document(
        (
            *_account(arns, sorted(through)),
            _log_groups(arns, names),
            *(_trail(arns, trail) if trail else ()),
            *_notices(arns, names),
        )
    )


def _rules(arns: Arns, names: Names, purpose: str, trail: str) -> Iterator[Rule]:
    yield Rule(sid="AccountAdministers", principal=account(arns), actions=_ADMINISTRATION)
    yield from _account(arns, _THROUGH[purpose])
    if purpose == LOGS:
        yield _log_groups(arns, names)
        if trail:
            yield from _trail(arns, trail)
    if purpose == MESSAGES:
        yield from _notices(arns, names)


def _account(arns: Arns, services: Iterable[str]) -> tuple[Rule, Rule]:
    through = {"kms:ViaService": [*map(arns.regional_service, services)]}
    return (
        Rule(sid="AccountUses", principal=account(arns), actions=_USE, condition={"StringEquals": through}),
        Rule(
            sid="ServicesOfTheAccountKeepUsing",
            principal=account(arns),
            actions=("kms:CreateGrant",),
            condition={"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def _log_groups(arns: Arns, names: Names) -> Rule:
    """CloudWatch Logs, for the log groups of this environment; those of a WAF have a name of their own kind.

    A purpose has no hyphen, which no pattern can say: of `qm-*-prod` the groups of `pre-prod` are taken out again.
    """

    def groups(purpose: str) -> list[str]:
        ours = f"{names.prefix}-{purpose}-{names.environment}"
        return [arns.log_group(f"/aws/*/{ours}"), arns.log_group(f"aws-waf-logs-{ours}")]

    context = "kms:EncryptionContext:aws:logs:arn"
    return Rule(
        sid="LogsEncrypts",
        principal=service(arns.regional_service("logs")),
        actions=tuple(action for action in _USE if action != "kms:DescribeKey"),  # which has no context
        condition={"ArnLike": {context: groups("*")}, "ArnNotLike": {context: groups("*-*")}},
    )


def _trail(arns: Arns, trail: str) -> tuple[Rule, Rule]:
    """CloudTrail, for one trail. It decrypts where the bucket keeps a key of its own derived from this one.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    principal = service("cloudtrail.amazonaws.com")
    only = from_source(arns.trail(trail))
    return (
        Rule(
            sid="TrailEncrypts",
            principal=principal,
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            condition=only,
        ),
        Rule(
            sid="TrailLooks",
            principal=principal,
            actions=("kms:DescribeKey",),
            condition=only,
        ),
    )


def _notices(arns: Arns, names: Names) -> Iterator[Rule]:
    """What publishes to the topic without a role: alarms and the budget.

    EventBridge is not among them: it tells KMS neither account nor rule, so nothing could hold it to this account.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    sources = {
        "Alarms": ("cloudwatch", [*map(arns.alarm, telling(names).values())]),
        "Budget": ("budgets", [arns.budgets()]),
    }
    for sid, (name, of) in sources.items():
        yield Rule(
            sid=f"{sid}Publish",
            principal=service(f"{name}.amazonaws.com"),
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            condition=on_behalf(arns, *of),
        )
