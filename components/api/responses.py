"""What the gateway answers when a request does not get as far as the app: problems in the app's own shape (RFC 9457).

Templates know variables and no logic.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

_PROBLEM: Final = "application/problem+json"
_WHY: Final = "$context.error.validationErrorString"  # what the validator said
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": _PROBLEM,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_SEND: Final = "Send what /openapi.json describes, as JSON."
_SIGN_IN: Final = "Sign in again, and send the access token as Authorization: Bearer <token>."
_BEARER: Final[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One kind of refusal. `code` is of the app's error tree; without a status the gateway's own is kept."""

    kind: str
    code: str
    title: str
    fix: str
    status: int | None = None
    message: str = ""  # where it says more than the title
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """The body, with the gateway's variables in it."""
        problem = {"code": self.code, "message": self.message or self.title, "fix": self.fix}
        body: dict[str, object] = {
            "type": f"urn:quartermaster:problem:{self.code}",
            "title": self.title,
            **({"status": self.status} if self.status else {}),
            "code": self.code,
            "problems": [problem],
            "request_id": "$context.requestId",
        }
        return json.dumps(body)

    def parameters(self, origins: Sequence[str]) -> dict[str, str]:
        """Its headers. A page may read the problem where one origin is allowed: no template could choose of several."""
        shared = {"Access-Control-Allow-Origin": origins[0]} if len(origins) == 1 else {}
        headers = {**_HEADERS, **self.headers, **shared}
        return {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()}


ANSWERS: Final = (
    Answer(
        kind="BAD_REQUEST_BODY",
        status=400,
        code="invalid",
        title="The body is not what this route takes",
        message=_WHY,
        fix=_SEND,
    ),
    Answer(
        kind="BAD_REQUEST_PARAMETERS",
        status=400,
        code="invalid",
        title="A parameter is missing",
        message=_WHY,
        fix=_SEND,
    ),
    Answer(
        kind="UNAUTHORIZED",
        status=401,
        code="unauthenticated",
        title="There is no valid token with the request",
        fix=_SIGN_IN,
        headers=_BEARER,
    ),
    Answer(
        kind="EXPIRED_TOKEN",
        status=401,
        code="unauthenticated",
        title="The token has expired",
        fix=_SIGN_IN,
        headers=_BEARER,
    ),
    # What our authoriser denies, which it does by a policy: an error would count as a fault of ours. Among it are new
    # tokens behind an address that is locked for guessing: a policy can say nothing of its own.
    Answer(
        kind="ACCESS_DENIED",
        status=401,
        code="unauthenticated",
        title="There is no valid token or key for this with the request",
        fix=f"{_SIGN_IN} Keys open the routes of their scopes; whoever sent many wrong tokens waits some minutes.",
        headers=_BEARER,
    ),
    Answer(
        kind="AUTHORIZER_FAILURE",
        status=503,
        code="unavailable",
        title="Nobody's token can be checked for now",
        fix="Try again; an operator finds the cause in the authoriser's log.",
    ),
    Answer(
        kind="WAF_FILTERED",
        status=403,
        code="forbidden",
        title="The firewall refused the request",
        fix="Send at most 64 KB with a question, and fewer requests; an operator finds the rule in the firewall's log.",
    ),
    # What AWS calls a missing token is a route that there is not: routes that there are answer 401.
    Answer(
        kind="MISSING_AUTHENTICATION_TOKEN",
        status=404,
        code="not_found",
        title="There is nothing here",
        fix="See /openapi.json for the routes.",
    ),
    Answer(
        kind="REQUEST_TOO_LARGE",
        status=413,
        code="invalid",
        title="The body is too large",
        fix="Send at most 4 MiB of documents, and less of one.",
    ),
    Answer(
        kind="UNSUPPORTED_MEDIA_TYPE",
        status=415,
        code="invalid",
        title="The body is of a type that this route does not take",
        fix=_SEND,
    ),
    Answer(
        kind="THROTTLED",
        status=429,
        code="unavailable",
        title="There are too many requests at once",
        fix="Wait a second and try again.",
        headers={"Retry-After": "1"},
    ),
    Answer(
        kind="QUOTA_EXCEEDED",
        status=429,
        code="unavailable",
        title="The requests of this key for the day are used up",
        fix="Wait until midnight UTC, or ask an operator for a larger quota.",
    ),
    Answer(
        kind="INTEGRATION_FAILURE",
        status=503,
        code="unavailable",
        title="The service is away for now",
        fix="Try again; an operator finds the cause in the function's log.",
    ),
    Answer(
        kind="INTEGRATION_TIMEOUT",
        status=504,
        code="deadline",
        title="The answer took too long",
        fix="Ask for less at once.",
    ),
    Answer(
        kind="DEFAULT_4XX",
        code="invalid",
        title="The request cannot be answered as it is",
        fix=_SEND,
    ),
    Answer(
        kind="DEFAULT_5XX",
        code="internal",
        title="Internal error",
        fix="Try again; an operator finds the request by its id in the access log.",
    ),
)


def make_responses(
    name: str, rest_api: pulumi.Input[str], origins: Sequence[str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """A gateway response for each kind, `{name}-response-{kind}`; a deployment waits for them."""
    return [
        aws.apigateway.Response(
            f"{name}-response-{answer.kind.lower().replace('_', '-')}",
            rest_api_id=rest_api,
            response_type=answer.kind,
            status_code=str(answer.status) if answer.status else None,
            response_templates={"application/json": answer.template},
            response_parameters=answer.parameters(origins),
            opts=opts,
        )
        for answer in ANSWERS
    ]
