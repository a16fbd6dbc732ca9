"""A backup that was never restored is a hope. AWS restores one in a while and says whether it worked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from .._backups import PLAN, SELECTION, STATEFUL, takes
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._siblings import holds
from .._stack import Node, Together
from .._where import HERE, PROD, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

TESTS: Final = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
KINDS: Final = {"dynamodb": "DynamoDB", "s3": "S3", "efs": "EFS", "ebs": "EBS"}  # as restore testing calls them
TABLE: Final = Node("aws:dynamodb/table:Table", "data", {"name": "qm-data-dev"})
BUCKET: Final = Node("aws:s3/bucket:Bucket", "lake", {"bucket": "qm-lake-dev"})
DAILY: Final = Node(PLAN, "plan", {"rules": [{"ruleName": "daily"}]})
ALL: Final = Node(SELECTION, "selection", {"resources": ["*"]}, {"planId": "plan"})


def _test(kind: str) -> Node:
    return Node(TESTS, f"test-{kind}", {"protectedResourceType": kind, "restoreTestingPlanName": "weekly"})


@stack_rule(
    id="backup-restores-tested",
    title="What is backed up is restored as a test",
    severity=Severity.MEDIUM,
    fix="Add a RestoreTestingPlan and a RestoreTestingSelection for each type of resource.",
    unique=True,
    frameworks=("NIST 800-53:CP-4", "NIST 800-53:CP-9(1)"),
    parameters={"stacks": PROD},
    ok=(
        Together((TABLE, DAILY, ALL, _test("DynamoDB")), HERE),
        Together((TABLE, BUCKET, DAILY, ALL, _test("DynamoDB"), _test("S3")), HERE),
        Together((TABLE,), HERE),
        Together((TABLE, DAILY, ALL)),
    ),
    bad=(
        Together((TABLE, DAILY, ALL), HERE),
        Together((TABLE, BUCKET, DAILY, ALL, _test("S3")), HERE),
    ),
)
def restores_tested(stack: Stack) -> Iterator[Answer]:
    tested = {one.peek("protectedResourceType") for one in stack.of(TESTS)}
    for selection in stack.of(SELECTION):
        if not asked_here(selection):
            continue
        for kind in sorted({one.type for one in stack.members if one.type in STATEFUL}):
            word = KINDS.get(kind.split(":")[1].split("/")[0], "RDS")
            taken = [holds(partial(takes, resource=one), selection) for one in stack.of(kind)]
            unknown = [one.path for one in taken if isinstance(one, NotEvaluated)]
            if word in tested or not (unknown or True in taken):
                continue
            if UNKNOWN in tested or True not in taken:
                yield NotEvaluated(f"{selection.name}.resources")
            else:
                yield selection, f"no RestoreTestingSelection is for {word}"
