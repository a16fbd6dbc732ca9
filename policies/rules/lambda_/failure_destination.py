"""An event that an asynchronous function fails on is tried twice and then gone, unless somebody keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import any_joined, joined
from .._lambda import ALIAS, FUNCTION
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

INVOKE_CONFIG: Final = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
# What calls a function without waiting for its answer, and the property that says which.
CALLERS: Final = {
    "aws:cloudwatch/eventTarget:EventTarget": "arn",
    "aws:scheduler/schedule:Schedule": "target",
    "aws:sns/topicSubscription:TopicSubscription": "endpoint",
    "aws:s3/bucketNotification:BucketNotification": "lambdaFunctions",
    INVOKE_CONFIG: "functionName",
}
WORKER: Final = Node(FUNCTION, "worker", {"name": "qm-worker-dev"})
SCHEDULE: Final = Node("aws:scheduler/schedule:Schedule", "schedule", {"target": {"arn": "a"}}, {"target": "worker"})
KEPT: Final = {"functionName": "qm-worker-dev", "destinationConfig": {"onFailure": {"destination": "arn"}}}
LIVE: Final = Node(ALIAS, "live", {"functionName": "qm-worker-dev"}, {"functionName": "worker"})


@stack_rule(
    id="lambda-failure-destination",
    title="Functions that are called without waiting keep the events they fail on",
    severity=Severity.MEDIUM,
    fix="Set dead_letter_config, or a FunctionEventInvokeConfig with destination_config.on_failure.",
    sources=(
        "cdk-nag:Serverless-LambdaDLQ",
        "cdk-nag:Serverless-LambdaAsyncFailureDestination",
        "checkov:CKV_AWS_116",
        "prowler:awslambda_function_no_dead_letter_queue",
    ),
    ok=(
        Together((WORKER,)),
        Together((Node(FUNCTION, "worker", {"deadLetterConfig": {"targetArn": "arn"}}), SCHEDULE)),
        Together((WORKER, SCHEDULE, Node(INVOKE_CONFIG, "events", KEPT, {"functionName": "worker"}))),
        Together((WORKER, SCHEDULE, Node(INVOKE_CONFIG, "events", KEPT))),
    ),
    bad=(
        Together((WORKER, SCHEDULE)),
        Together((WORKER, LIVE, Node(SCHEDULE.type, "schedule", SCHEDULE.properties, {"target": "live"}))),
        Together(
            (WORKER, Node(INVOKE_CONFIG, "events", {"functionName": "qm-worker-dev"}, {"functionName": "worker"}))
        ),
    ),
)
def failure_destination(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    configs = stack.of(INVOKE_CONFIG)
    for function in stack.of(FUNCTION):
        if not _called(function, stack) or function.is_set("deadLetterConfig.targetArn"):
            continue
        kept = any_joined(
            (one for one in configs if one.is_set("destinationConfig.onFailure.destination")),
            "functionName",
            function,
            "name",
            "arn",
        )
        if kept is None:
            yield NotEvaluated(f"{function.name}.name")
        elif not kept:
            yield function, "it is called asynchronously, and what it fails on is lost"


def _called(function: Member, stack: Stack) -> bool:
    doors = {function.urn, *(one.urn for one in stack.of(ALIAS) if joined(one, "functionName", function, "name"))}
    return any(
        doors & one.sources.get(path, frozenset()) or joined(one, path, function, "name", "arn")
        for kind, path in CALLERS.items()
        for one in stack.of(kind)
    )
