"""What no plan takes is gone when it is gone. A tag on it proves nothing: the plan's selection must take it.

Left out are buckets that only logs go to: those of an access log or a trail, which services write again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from .._backups import PLAN, SELECTION, STATEFUL, takes
from .._buckets import BUCKET, LED_TO, LOGGING, log_targets
from .._resource import NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._siblings import Kin, holds
from .._stack import Node, Together
from .._where import HERE, PROD, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

TABLE: Final = "aws:dynamodb/table:Table"
TRAIL: Final = "aws:cloudtrail/trail:Trail"
DATA: Final = Node(TABLE, "data", {"name": "qm-data-dev", "tags": {"Backup": "daily"}})
LAKE: Final = Node(BUCKET, "lake", {"bucket": "qm-lake-dev"})
DAILY: Final = Node(PLAN, "plan", {"rules": [{"ruleName": "daily"}]})
ARN: Final = "arn:aws:dynamodb:us-east-1:000000000000:table/qm-data-dev"
TAGGED: Final = [{"type": "STRINGEQUALS", "key": "Backup", "value": "daily"}]


def _selection(properties: dict[str, object] | None = None, **sources: str) -> Node:
    return Node(SELECTION, "selection", properties or {}, {"planId": "plan", **sources})


@stack_rule(
    id="backup-covers-state",
    title="A backup plan takes every resource that has state",
    severity=Severity.HIGH,
    fix="Name the resource in a Selection of a Plan, by its ARN or a tag that it has.",
    unique=True,
    frameworks=("NIST 800-53:CP-9",),
    parameters={
        "stacks": PROD,
        "types": Parameter(tuple(STATEFUL), "Types of resources that have state."),
    },
    ok=(
        Together((DATA, DAILY, _selection({"resources": [ARN]})), HERE),
        Together((DATA, DAILY, _selection({"resources": ["arn:aws:dynamodb:*:*:table/qm-*"]})), HERE),
        Together((DATA, DAILY, _selection({"resources": ["*"]})), HERE),
        Together((DATA, DAILY, _selection(resources="data")), HERE),
        Together((DATA, DAILY, _selection({"selectionTags": TAGGED})), HERE),
        Together((LAKE, DAILY, _selection({"resources": ["arn:aws:s3:::qm-lake-dev"]})), HERE),
        Together((LAKE, Node(LOGGING[0], "logging", {}, {"targetBucket": "lake"})), HERE),
        Together((LAKE, Node(TRAIL, "trail", {}, {"s3BucketName": "lake"})), HERE),
        Together((LAKE,), HERE | {"types": [TABLE]}),
        Together((DATA,)),
    ),
    bad=(
        Together((DATA,), HERE),
        Together((DATA, DAILY), HERE),
        Together((DATA, DAILY, _selection({"resources": ["arn:aws:dynamodb:*:*:table/other"]})), HERE),
        Together((DATA, DAILY, _selection({"resources": ["arn:aws:s3:::qm-data-dev"]})), HERE),
        Together((DATA, DAILY, _selection({"resources": ["*"], "notResources": [ARN]})), HERE),
        Together((DATA, DAILY, _selection({"selectionTags": [TAGGED[0] | {"value": "weekly"}]})), HERE),
        Together((DATA, LAKE, DAILY, _selection(resources="data")), HERE),
        Together((DATA, Node(SELECTION, "selection", {}, {"resources": "data"})), HERE),
        Together(
            (
                DATA,
                DAILY,
                _selection(
                    {
                        "resources": ["*"],
                        "conditions": [{"stringNotEquals": [{"key": "aws:ResourceTag/Backup", "value": "daily"}]}],
                    }
                ),
            ),
            HERE,
        ),
    ),
)
def covers_state(stack: Stack) -> Iterator[Answer]:
    plans = {one.urn for one in stack.of(PLAN) if any(one.each("rules"))}
    chosen = [
        one for one in stack.of(SELECTION) if one.sources.get("planId", frozenset()) & plans or one.peek("planId")
    ]
    logs = log_targets(stack)[0]
    kin = Kin(stack, LED_TO)
    trails = frozenset(urn for one in stack.of(TRAIL) for urn in kin.of(one, "s3BucketName")[0])
    for one in stack.members:
        if one.type not in STATEFUL or one.urn in logs | trails:
            continue
        if not asked_here(one) or one.type not in one.config["types"]:
            continue
        verdicts = [holds(partial(takes, resource=one), selection) for selection in chosen]
        if True in verdicts:
            continue
        unknown = [verdict.path for verdict in verdicts if isinstance(verdict, NotEvaluated)]
        if unknown:
            yield NotEvaluated(unknown[0])
        else:
            yield one, "no selection of a backup plan takes it"
