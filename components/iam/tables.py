"""What a role may do with tables and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import Statement

if TYPE_CHECKING:
    from components.arns import Arns


_READS = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")


def keeps_items(arns: Arns, *tables: str) -> Statement:
    """Reads items and puts them, in transactions too; changes none in place, scans and deletes nothing."""
    return Statement(
        sid="KeepsItems", actions=(*_READS, "dynamodb:PutItem"), resources=tuple(arns.table(name) for name in tables)
    )


def reads_items(arns: Arns, *tables: str) -> Statement:
    """Reads items, and neither scans nor writes."""
    return Statement(sid="ReadsItems", actions=_READS, resources=tuple(arns.table(name) for name in tables))


def rotates(arns: Arns, *secrets: str) -> Statement:
    """Writes a secret's next version, reads it to try it, and makes it the current one."""
    return Statement(
        sid="Rotates",
        actions=(
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ),
        resources=tuple(arns.secret(name) for name in secrets),
    )
