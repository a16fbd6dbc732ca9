"""The stage that serves: its access log, its limits for all callers together, and those of a single API key.

API Gateway writes logs, the access log too, with one role of the whole account, and refuses a stage with a log until
the account has it. The role belongs to no stack: two in one account would take it from each other.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from components.naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.contract import Route
    from components.naming import Names

_ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "subject": "$context.authorizer.principalId",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "error": "$context.error.messageString",
    "latency_ms": "$context.responseLatency",
    "bytes": "$context.responseLength",
}
# Documents are published, and keys made, by a few people; each change has every agent load anew.
CHANGES: Final[Mapping[str, Route]] = {
    "publish": ("PUT", "/v1/configs/{kind}/{name}"),
    "publish-many": ("POST", "/v1/configs"),
    "patch": ("PATCH", "/v1/configs/{kind}/{name}"),
    "rollback": ("POST", "/v1/configs/{kind}/{name}/rollback"),
    "label": ("PUT", "/v1/labels/{kind}/{name}/{label}"),
    "make-key": ("POST", "/v1/access/keys"),
    "rotate-key": ("POST", "/v1/access/keys/{name}/rotate"),
    "revoke-key": ("DELETE", "/v1/access/keys/{name}"),
}
CHANGES_PER_SECOND: Final = 5


def method_path(verb: str, path: str) -> str:
    """What a stage's settings call a method."""
    return f"{path.strip('/')}/{verb}"


@dataclass(frozen=True, kw_only=True)
class StageArgs:
    """Of which deployment of which API, and how much of it a caller gets."""

    names: Names
    api: str  # physical name
    rest_api: pulumi.Input[str]
    deployment: pulumi.Input[str]
    throttle: int
    burst: int
    quota: int
    tracing: bool
    retention_days: int
    logs_key: pulumi.Input[str]
    emulated: bool


def make_stage(name: str, args: StageArgs, opts: pulumi.ResourceOptions) -> aws.apigateway.Stage:
    """The stage `{name}-stage`, called as the environment is."""
    logs = aws.cloudwatch.LogGroup(
        f"{name}-access-logs",
        name=args.names.log_group("apigateway", args.api),
        retention_in_days=args.retention_days,
        kms_key_id=args.logs_key,
        opts=opts,
    )
    stage = aws.apigateway.Stage(
        f"{name}-stage",
        rest_api=args.rest_api,
        deployment=args.deployment,
        stage_name=args.names.environment,
        access_log_settings={"destination_arn": logs.arn, "format": json.dumps(_ACCESS_LOG)},
        xray_tracing_enabled=args.tracing,
        opts=opts,
    )
    last = _limit(f"{name}-throttle", args, stage, "*/*", (args.throttle, args.burst), opts)
    few = min(CHANGES_PER_SECOND, args.throttle)
    for change, route in CHANGES.items():
        # One after the other: two changes of a stage at the same time conflict.
        after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[last]))
        last = _limit(f"{name}-throttle-{change}", args, stage, method_path(*route), (few, few), after)
    # The emulator gives back a quota of 0 where there is none, and every plan would show it as a change.
    no_quota = ["quota_settings"] if args.emulated and not args.quota else None
    # Of who sends an API key where a method asks for one. None of ours does: a token says who asks.
    aws.apigateway.UsagePlan(
        f"{name}-plan",
        name=args.names.name(Kind.USAGE_PLAN, "callers"),
        description="What a single API key gets of the API",
        api_stages=[{"api_id": args.rest_api, "stage": stage.stage_name}],
        throttle_settings={"rate_limit": args.throttle, "burst_limit": args.burst},
        quota_settings={"limit": args.quota, "period": "DAY"} if args.quota else None,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=no_quota)),
    )
    return stage


def _limit(  # noqa: PLR0917 - private, and each says another thing
    name: str,
    args: StageArgs,
    stage: aws.apigateway.Stage,
    path: str,
    limits: tuple[int, int],
    opts: pulumi.ResourceOptions,
) -> aws.apigateway.MethodSettings:
    """Settings of the methods at a path: they replace those of `*/*`, so each has them all."""
    rate, burst = limits
    return aws.apigateway.MethodSettings(
        name,
        rest_api=args.rest_api,
        stage_name=stage.stage_name,
        method_path=path,
        settings={
            "throttling_rate_limit": rate,
            "throttling_burst_limit": burst,
            "metrics_enabled": True,
            "logging_level": "OFF",  # execution logs would repeat the access log, with headers
            "data_trace_enabled": False,  # it would write questions and answers into the log
            "caching_enabled": False,  # an answer belongs to the person who asked
        },
        opts=opts,
    )
