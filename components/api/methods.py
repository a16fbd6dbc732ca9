"""A method for each route of the contract: who may call it, what its request must be, and the function behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi_aws as aws

from agents.contract import ROUTES

from .models import BODIES, parameters
from .routes import tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from agents.contract import Route

TIMEOUT_MS: Final = 29_000  # the longest that API Gateway waits
_ANY_TYPE: Final = "$default"  # or a body of another content type would pass unchecked


@dataclass(frozen=True, kw_only=True)
class MethodsArgs:
    """Of which API, for whom, and what answers."""

    rest_api: pulumi.Input[str]
    resources: Mapping[str, pulumi.Input[str]]  # path -> id
    authorizer: pulumi.Input[str]
    scopes: Mapping[Route, Sequence[str]]  # one of them is asked for
    invoke_arn: pulumi.Input[str]


def make_methods(name: str, args: MethodsArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Methods with their integrations, which a deployment waits for.

    A method with a body has a model, and every one a validator.
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
    ready: list[pulumi.Resource] = []
    for verb, path in args.scopes:
        route = f"{name}-{verb.lower()}-{nodes[path].name}"
        model = _model(name, args, (verb, path), opts)
        method = aws.apigateway.Method(
            route,
            rest_api=args.rest_api,
            resource_id=args.resources[path],
            http_method=verb,
            authorization="COGNITO_USER_POOLS",
            authorizer_id=args.authorizer,
            authorization_scopes=list(args.scopes[verb, path]),
            request_validator_id=(body if model else no_body).id,
            request_models={_ANY_TYPE: model.name} if model else None,
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


def _model(
    name: str, args: MethodsArgs, route: tuple[str, str], opts: pulumi.ResourceOptions
) -> aws.apigateway.Model | None:
    if route not in BODIES:
        return None
    body = BODIES[route]
    return aws.apigateway.Model(
        f"{name}-model-{body.name.lower()}",
        name=body.name,
        rest_api=args.rest_api,
        content_type="application/json",
        schema=json.dumps(body.schema),
        opts=opts,
    )
