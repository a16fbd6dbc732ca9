"""Who is asked, before each request, whether it may pass: a function of ours, which takes people and machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from components.naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.naming import Names

# No verdict is kept: a key that was revoked, or a token that has ended, must not pass for as long as one is.
SETTINGS: Final[Mapping[str, str | int]] = {
    "type": "REQUEST",  # it is told the route, and answers for that one
    "identity_source": "method.request.header.Authorization",
    "authorizer_result_ttl_in_seconds": 0,
}


@dataclass(frozen=True, kw_only=True)
class AuthoriserArgs:
    """Of which API, and the function that answers."""

    names: Names
    rest_api: aws.apigateway.RestApi
    function_name: pulumi.Input[str]
    alias: pulumi.Input[str]
    invoke_arn: pulumi.Input[str]  # of the alias


def make_authoriser(
    name: str, args: AuthoriserArgs, opts: pulumi.ResourceOptions
) -> tuple[aws.apigateway.Authorizer, aws.lambda_.Permission]:
    """The authoriser `{name}`, and the permission by which it alone may invoke its function."""
    authoriser = aws.apigateway.Authorizer(
        name,
        name=args.names.name(Kind.AUTHORIZER, "callers"),
        rest_api=args.rest_api.id,
        authorizer_uri=args.invoke_arn,
        **SETTINGS,
        opts=opts,
    )
    permission = aws.lambda_.Permission(
        f"{name}-permission",
        action="lambda:InvokeFunction",
        function=args.function_name,
        qualifier=args.alias,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(args.rest_api.execution_arn, "/authorizers/", authoriser.id),
        opts=opts,
    )
    return authoriser, permission
