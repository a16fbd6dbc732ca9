"""Proof that backups can be brought back: once a week the newest of each is, and is removed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi_aws as aws

from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from .naming import Names

_WEEKLY: Final = "cron(0 6 ? * SUN *)"  # UTC
_START_HOURS: Final = 8
_VALIDATION_HOURS: Final = 1  # that what was brought back stays, for whoever looks into it


@dataclass(frozen=True, kw_only=True)
class RestoreTestArgs:
    names: Names
    vault: str  # ARN
    window_days: int  # how old the newest backup may be, or the test fails
    role: pulumi.Input[str]  # ARN of the role that may restore
    tables: Sequence[str]  # ARNs
    buckets: Sequence[str]  # ARNs


def prove_restores(name: str, args: RestoreTestArgs, opts: pulumi.ResourceOptions) -> None:
    """The plan `{name}` and what it brings back; AWS Backup names what it makes `awsbackup-restore-test-...`."""
    plan = aws.backup.RestoreTestingPlan(
        name,
        name=args.names.name(Kind.RESTORE_TEST, "weekly"),
        schedule_expression=_WEEKLY,
        start_window_hours=_START_HOURS,
        recovery_point_selection={
            "algorithm": "LATEST_WITHIN_WINDOW",
            "include_vaults": [args.vault],
            "recovery_point_types": ["SNAPSHOT"],
            "selection_window_days": args.window_days,
        },
        opts=opts,
    )
    for purpose, kind, resources in (("tables", "DynamoDB", args.tables), ("buckets", "S3", args.buckets)):
        aws.backup.RestoreTestingSelection(
            f"{name}-{purpose}",
            name=args.names.name(Kind.RESTORE_TEST, purpose),
            restore_testing_plan_name=plan.name,
            protected_resource_type=kind,
            protected_resource_arns=resources,
            iam_role_arn=args.role,
            validation_window_hours=_VALIDATION_HOURS,
            opts=opts,
        )
