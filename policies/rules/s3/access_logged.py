"""Who read what is known only from access logs, and only those that lie in another bucket cannot feed themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import DATA, LED_TO, LOGGING, LOGS, beside, log_targets
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._siblings import Kin, lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

BOND: Final = beside("bucketLogging")


def _logging(source: str, target: str) -> Node:
    return Node(LOGGING[0], f"{source}-logging", {}, {"bucket": source, "targetBucket": target})


@stack_rule(
    id="s3-access-logged",
    title="Buckets log who reads and writes, to another bucket",
    severity=Severity.MEDIUM,
    fix="Add a BucketLogging whose target is a bucket for logs.",
    sources=(
        "cdk-nag:AwsSolutions-S1",
        "FSBP:S3.9",
        "FSBP:CloudTrail.7",
        "checkov:CKV_AWS_18",
        "trivy:AVD-AWS-0089",
        "prowler:s3_bucket_server_access_logging_enabled",
    ),
    frameworks=("CIS AWS 3.0:3.4", "NIST 800-53:AU-2", "NIST 800-53:AU-12"),
    ok=(
        Together((DATA, LOGS, _logging("data", "logs"))),
        Together(
            (
                DATA,
                LOGS,
                Node(LOGGING[1], "l", {"bucket": "qm-data-dev", "targetBucket": "qm-logs-dev"}),
            )
        ),
        Together((Node(DATA.type, "data", {"bucket": "b", "logging": {"targetBucket": "qm-logs-dev"}}), LOGS)),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, LOGS)),
        Together((DATA, _logging("data", "data"))),
        Together((DATA, LOGS, Node(DATA.type, "other", {"bucket": "o"}), _logging("data", "logs"))),
    ),
)
def access_logged(stack: Stack) -> Iterator[Answer]:
    targets, more = log_targets(stack)
    for one in lacking(stack, BOND, _logs, "access is not logged"):
        if isinstance(one, NotEvaluated):
            yield one
        elif one[0].urn not in targets:  # the log of a log bucket would have no end
            yield NotEvaluated(f"{one[0].name}.bucket") if more else one
    kin = Kin(stack, LED_TO)
    for logging in stack.members:
        if logging.type in BOND.siblings and kin.of(logging, "bucket")[0] & kin.of(logging, "targetBucket")[0]:
            yield logging, "the bucket logs into itself"


def _logs(one: Member) -> bool:
    return one.type in BOND.siblings or any(one.is_set(path) for path in ("logging", "loggings"))
