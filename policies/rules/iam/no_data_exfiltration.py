"""A role that may read every bucket or secret takes all of them along when its code is turned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._risks import EXFILTRATION
from .._rule import Severity, rule
from .._scope import reaches_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that


@rule(
    id="iam-no-data-exfiltration",
    title="No IAM document opens every store for reading",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Name the buckets, secrets, parameters or snapshots.",
    sources=("checkov:CKV_AWS_108", "checkov:CKV_AWS_288"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("s3:GetObject", "arn:aws:s3:::data/lake/*"),
        policy("s3:ListAllMyBuckets"),
        policy("ssm:GetParameter", StringEquals={"aws:ResourceTag/Project": "qm"}),
        policy("*"),
    ),
    bad=(
        policy("s3:GetObject"),
        policy("s3:Get*", "arn:aws:s3:::*/*"),
        policy("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:000000000000:secret:*"),
        policy("ssm:GetParameter*"),
        policy("rds:ModifyDBSnapshotAttribute"),
    ),
)
def no_data_exfiltration(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    if not reaches_all(statement):
        return
    patterns = [one for one in statement.actions if one not in ALL]
    for action in EXFILTRATION:
        if any(covers(one, action) for one in patterns):
            yield Found(action, f"{statement.name} allows {action} on every resource")
