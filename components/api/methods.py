"""A method for each route of the contract: who may call it, what its request must be, and the function behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi_aws as aws

from agents.contract import ROUTES

from .models import BODIES, models, parameters, types
from .routes import tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

TIMEOUT_MS: Final = 29_000  # the longest that API Gateway waits


@dataclass(frozen=True, kw_only=True)
class MethodsArgs:
    """Of which API, for whom, and what answers."""

    rest_api: pulumi.Input[str]
    resources: Mapping[str, pulumi.Input[str]]  # path -> id
    authoriser: pulumi.Input[str]
    invoke_arn: pulumi.Input[str]
    emulated: bool = False


def make_methods(name: str, args: MethodsArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Methods with their integrations, which a deployment waits for.

    A method with a body has a model for each type that the gateway can check, and every one a validator.
    """
    nodes = {node.path: node for node in tree(ROUTES)}
    body, no_body = (
        aws.apigateway.RequestValidator(
            f"{name}-{label}",
            name=label,
            rest_api=args.rest_api,
            validate_request_body=checks_body,
            validate_request_parameters=True,
            opts=opts,
        )
        for label, checks_body in (("checks-body", True), ("checks-parameters", False))
    )
    checked = {
        body.name: aws.apigateway.Model(
            f"{name}-model-{body.name.lower()}",
            name=body.name,
            rest_api=args.rest_api,
            content_type="application/json",
            schema=json.dumps(body.schema),
            opts=opts,
        )
        for body in models().values()
    }
    ready: list[pulumi.Resource] = []
    for verb, path in ROUTES:
        route = f"{name}-{verb.lower()}-{nodes[path].name}"
        bodies = BODIES.get((verb, path), {})
        method = aws.apigateway.Method(
            route,
            rest_api=args.rest_api,
            resource_id=args.resources[path],
            http_method=verb,
            authorization="CUSTOM",
            authorizer_id=args.authoriser,
            request_validator_id=(body if bodies else no_body).id,
            request_models={kind: checked[one.name].name for kind, one in types(bodies, emulated=args.emulated).items()}
            or None,
            request_parameters=parameters(path) or None,
            opts=opts,
        )
        integration = aws.apigateway.Integration(
            f"{route}-integration",
            rest_api=args.rest_api,
            resource_id=args.resources[path],
            http_method=method.http_method,
            integration_http_method="POST",
            type="AWS_PROXY",
            uri=args.invoke_arn,
            timeout_milliseconds=TIMEOUT_MS,
            opts=opts,
        )
        ready += [method, integration]
    return ready
