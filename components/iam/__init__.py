"""IAM statements by intent: a caller says what a role is for, and gets exactly the actions that takes.

What every kind of role may need is here; the rest lies by what it is about in `functions.py`, `lake.py`, `models.py`
and `tables.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from components.arns import Arns

Condition: TypeAlias = "Mapping[str, Mapping[str, str | list[str]]]"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One `Allow`, unless it `denies`; `sid` says the intent.

    `why` is a sentence for who reads the grants. It is asked for where no code of ours shows the reason: in what a
    service's role may (`make_role` refuses one without), and in what is denied.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)
    denies: bool = False
    why: str = ""


def document(statements: Iterable[Statement]) -> str:
    """A policy document as JSON, equal for equal statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": [_plain(statement) for statement in statements]})


def _plain(statement: Statement) -> dict[str, object]:
    plain: dict[str, object] = {
        "Sid": statement.sid,
        "Effect": "Deny" if statement.denies else "Allow",
        "Action": sorted(statement.actions),
        "Resource": sorted(statement.resources),
    }
    return {**plain, "Condition": statement.condition} if statement.condition else plain


def trust(arns: Arns, service: str, source: str = "") -> str:
    """The document by which one AWS service may take a role, for this account only, and for `source` where given.

    Without the account another customer's resource could have the service act as our role (the confused deputy).
    Lambda sends the account too, though its guide names no such key: terraform-aws-modules/terraform-aws-lambda took it
    up in pull request 771, serverless/serverless in 13125. A role that Lambda could not take would fail at once, when
    the function is made.
    """
    condition: dict[str, dict[str, str]] = {"StringEquals": {"aws:SourceAccount": arns.account}}
    if source:
        condition["ArnLike"] = {"aws:SourceArn": source}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def uses_key(arns: Arns, *keys: str, through: Sequence[str] = ()) -> Statement:
    """Encrypts and decrypts with keys, each named by its alias, or by its ARN when it exists already.

    With `through`, only by way of these services, such as `s3`, which then hold what is encrypted.
    """
    return _with_keys(arns, "UsesKey", ("kms:Decrypt", "kms:GenerateDataKey"), keys, through)


def decrypts(arns: Arns, *keys: str, through: Sequence[str] = ()) -> Statement:
    """Decrypts with keys, as `uses_key` does, and encrypts nothing."""
    return _with_keys(arns, "Decrypts", ("kms:Decrypt",), keys, through)


def signs(arns: Arns, alias: str) -> Statement:
    """Signs with a key pair, named by its alias."""
    return _with_pairs(arns, "Signs", "kms:Sign", (alias,))


def reads_public_keys(arns: Arns, *aliases: str) -> Statement:
    """Reads the public halves of key pairs, and so verifies what they signed."""
    return _with_pairs(arns, "ReadsPublicKeys", "kms:GetPublicKey", aliases)


def _with_pairs(arns: Arns, sid: str, action: str, aliases: Sequence[str]) -> Statement:
    return _with_keys(arns, sid, (action,), aliases, ())


def _with_keys(
    arns: Arns, sid: str, actions: tuple[str, ...], keys: Sequence[str], through: Sequence[str]
) -> Statement:
    services = [*map(arns.regional_service, sorted(through))]
    via = {"StringEquals": {"kms:ViaService": services}} if services else {}
    existing = tuple(sorted({key for key in keys if key.startswith("arn:")}))
    if existing:
        return Statement(sid=sid, actions=actions, resources=existing, condition=via)
    aliases = sorted({f"alias/{alias}" for alias in keys})
    named = {"kms:ResourceAliases": aliases[0] if len(aliases) == 1 else aliases}
    return Statement(
        sid=sid,
        actions=actions,
        resources=(arns.keys(),),
        condition={"ForAnyValue:StringEquals": named, **via},
    )


def writes_log(arns: Arns, group: str) -> Statement:
    """Writes to one log group, which exists already."""
    return Statement(
        sid="WritesLog",
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{arns.log_group(group)}:*",),
    )


def delivers_flow_log(arns: Arns, group: str) -> tuple[Statement, Statement]:
    """Writes a VPC's flow log to one log group, which exists already; the service looks for the group first.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return (
        Statement(
            sid="DeliversFlowLog",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(f"{arns.log_group(group)}:*",),
            why="The flow log opens a stream for each network interface and writes who talked to whom.",
        ),
        Statement(
            sid="FindsLogGroup",
            actions=("logs:DescribeLogGroups",),
            resources=(arns.log_group("*"),),
            why="The flow log looks for its group before it writes; listing groups takes no single one.",
        ),
    )
