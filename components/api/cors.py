"""Answers to browsers that ask, before a page's request, whether the page may send it (CORS preflight).

A preflight carries no token, so it has no authoriser; the gateway answers it by itself and no function sees it.
The headers of the answers proper are the app's to send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_REQUEST_HEADERS: Final = "Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match,Last-Event-ID,X-Request-Id"
_MAX_AGE_S: Final = 600
_STATUS: Final = "204"


def preflight_headers(verbs: Iterable[str], origins: Sequence[str]) -> dict[str, str]:
    """What a preflight of a path with these verbs is answered; of several origins the first, see `choice`."""
    vary = {"Vary": "Origin"} if len(origins) > 1 else {}
    return {
        "Access-Control-Allow-Origin": origins[0],
        "Access-Control-Allow-Methods": ",".join(sorted({*verbs, "OPTIONS"})),
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": str(_MAX_AGE_S),
        **vary,
    }


def choice(origins: Sequence[str]) -> str:
    """The template that answers an allowed origin with itself; empty for one origin, which needs no choice.

    Any other origin is told the first, which is not its own, so the browser refuses the page.
    """
    if len(origins) == 1:
        return ""
    known = " || ".join(f'$origin == "{origin}"' for origin in origins)
    return "\n".join(
        (
            '#set($origin = $input.params().header.get("Origin"))',
            '#if("$!origin" == "")#set($origin = $input.params().header.get("origin"))#end',
            f"#if({known})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end",
        )
    )


@dataclass(frozen=True, kw_only=True)
class PreflightArgs:
    """A path of the API: its resource, the verbs that it has, and the origins whose pages may send them."""

    rest_api: pulumi.Input[str]
    resource: pulumi.Input[str]
    verbs: Iterable[str]
    origins: Sequence[str]


def make_preflight(name: str, args: PreflightArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """The method OPTIONS of one path, and its answer; a deployment waits for them."""
    headers = preflight_headers(args.verbs, args.origins)
    where: Mapping[str, pulumi.Input[str]] = {"rest_api": args.rest_api, "resource_id": args.resource}
    method = aws.apigateway.Method(name, http_method="OPTIONS", authorization="NONE", **where, opts=opts)
    integration = aws.apigateway.Integration(
        f"{name}-integration",
        http_method=method.http_method,
        type="MOCK",
        request_templates={"application/json": f'{{"statusCode": {_STATUS}}}'},
        **where,
        opts=opts,
    )
    declared = aws.apigateway.MethodResponse(
        f"{name}-response",
        http_method=method.http_method,
        status_code=_STATUS,
        response_parameters={f"method.response.header.{header}": True for header in headers},
        **where,
        opts=opts,
    )
    answer = aws.apigateway.IntegrationResponse(
        f"{name}-answer",
        http_method=method.http_method,
        status_code=_STATUS,
        response_parameters={f"method.response.header.{header}": f"'{value}'" for header, value in headers.items()},
        response_templates={"application/json": choice(args.origins)},
        **where,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[integration, declared])),
    )
    return [method, integration, declared, answer]
