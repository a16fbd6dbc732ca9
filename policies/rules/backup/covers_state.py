"""What no plan takes is gone when it is gone. A tag on it proves nothing: the plan's selection must take it.

Left out are buckets that only logs go to, of an access log or a trail, and those whose objects all expire soon.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from .._backups import PLAN, SELECTION, STATEFUL, takes
from .._buckets import BUCKET, BUCKETS, LED_TO, LOGGING, expire_within, kinds, log_targets
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
LIFE: Final = Node(
    kinds("bucketLifecycleConfiguration")[0],
    "life",
    {"rules": [{"status": "Enabled", "expiration": {"days": 2}, "filter": {"prefix": ""}}]},
    {"bucket": "lake"},
)
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
        "transient_days": Parameter(7, "A bucket whose every object expires within so many days has none."),
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
        Together((LAKE, LIFE), HERE),
        Together((DATA,)),
    ),
    bad=(
        Together((DATA,), HERE),
        Together((DATA, DAILY), HERE),
        Together((LAKE, LIFE), HERE | {"transient_days": 1}),
        Together((DATA, DAILY, _selection({"resources": ["arn:aws:dynamodb:*:*:table/other"]})), HERE),
        Together((DATA, DAILY, _selection({"resources": ["arn:aws:s3:::qm-data-dev"]})), HERE),
        Together((DATA, DAILY, _selection({"resources": ["*"], "notResources": [ARN]})), HERE),
        Together((DATA, DAILY, _selection({"selectionTags": [TAGGED[0] | {"value": "weekly"}]})), HERE),
        Together((DATA, LAKE, DAILY, _selection(resources="data")), HERE),
        Together((DATA, Node(SELECTION, "selection", {}, {"resources": "data"})), HERE),
        Together((DATA, Node(PLAN, "plan", {"rules": []}), _selection(resources="data")), HERE),
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
    plans = stack.of(PLAN)
    idle = {one.urn for one in plans if not any(one.each("rules"))}
    known = {one.urn for one in plans}
    chosen = [
        one
        for one in stack.of(SELECTION)
        if (own := one.sources.get("planId", frozenset()) & known) - idle or (not own and one.peek("planId"))
    ]
    days = next((int(one.config["transient_days"]) for one in stack.members), 0)
    gone, perhaps_gone = expire_within(stack, days)
    kin = Kin(stack, LED_TO)
    written = [kin.of(one, "s3BucketName") for one in stack.of(TRAIL)]
    logs, more = log_targets(stack)
    no_state = logs | gone | frozenset(urn for urns, _ in written for urn in urns)
    more = more or any(others for _, others in written)
    for one in stack.members:
        if one.type not in STATEFUL or one.urn in no_state:
            continue
        if not asked_here(one) or one.type not in one.config["types"]:
            continue
        verdicts = [holds(partial(takes, resource=one), selection) for selection in chosen]
        if True in verdicts:
            continue
        unknown = [verdict.path for verdict in verdicts if isinstance(verdict, NotEvaluated)]
        if one.urn in perhaps_gone or (more and one.type in BUCKETS):
            unknown.append(f"{one.name}.bucket")
        if unknown:
            yield NotEvaluated(unknown[0])
        else:
            yield one, "no selection of a backup plan takes it"
