"""Whether a request may pass API Gateway: what its authoriser answers for people and for machines.

It lets pass who is proven and whose token or key is for the route; the API proves both again, and decides what they
may do. Nobody is refused by an error: Lambda would count it as ours, and a stranger could set off the alarms.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict

from agents.contract import ROUTE_SCOPES
from agents.errors import LimitedError, UnauthenticatedError
from agents.telemetry.metrics import SIGN_IN_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.access.audit import Audit
    from agents.access.sign_in import Identity, SignIn
    from agents.json_value import Json

# Every access token of a sign-in with a password has this scope, and no other.
PASSWORD_SCOPE: Final = "aws.cognito.signin.user.admin"  # noqa: S105 - Cognito's word for it
NOBODY: Final = "nobody"


class Sender(TypedDict):
    """From where a request comes."""

    sourceIp: str


class RequestContext(TypedDict):
    """What API Gateway knows of a request."""

    identity: Sender
    requestId: NotRequired[str]  # the emulator leaves it out


class Request(TypedDict):
    """What API Gateway asks an authoriser of the type REQUEST about, as far as it is read."""

    methodArn: str
    httpMethod: str
    resource: str  # the route's path, with its parameters by name
    multiValueHeaders: Mapping[str, Sequence[str]] | None
    requestContext: RequestContext


def answer_request(request: Request, *, sign_in: SignIn, audit: Audit, scope_prefix: str) -> dict[str, Json]:
    """The IAM policy for one request, for the method that it names and no other.

    A refusal is measured and written down as the API's own are, before it is answered. Raises UnavailableError when
    nothing can be proven or written down for now, which API Gateway answers as an error of the service.
    """
    context = request["requestContext"]
    client = context["identity"]["sourceIp"]
    # By the id that the answer carries, and the access log.
    with audit.request(context.get("requestId", "")):
        try:
            identity = sign_in.identify(_authorization(request), client=client)
        except (LimitedError, UnauthenticatedError):
            return _policy(NOBODY, "Deny", request)
        if not _is_for(identity, ROUTE_SCOPES.get((request["httpMethod"], request["resource"])), scope_prefix):
            _refuse(identity, sign_in, client)
            return _policy(NOBODY, "Deny", request)
        return _policy(identity.claims.subject, "Allow", request)


def _authorization(request: Request) -> str | None:
    """The one header that proves anything: of two, another reader might take the other."""
    sent = (request["multiValueHeaders"] or {}).items()
    values = [value for name, found in sent if name.lower() == "authorization" for value in found]
    return values[0] if len(values) == 1 else None


def _is_for(identity: Identity, scope: str | None, prefix: str) -> bool:
    """Machines have the scopes of their key, people those that their token was made for."""
    if scope is None:
        return False
    if identity.claims.scopes is not None:
        return scope in identity.claims.scopes
    return not {PASSWORD_SCOPE, f"{prefix}/{scope}"}.isdisjoint(_scopes(identity.token))


def _scopes(token: str) -> list[str]:
    """The scopes of a person's token, which was proven: one without any is not an access token for us."""
    payload = token.split(".")[1]
    scope = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("scope")
    return scope.split(" ") if isinstance(scope, str) else []


def _refuse(identity: Identity, sign_in: SignIn, client: str) -> None:
    """No guess, so it locks nobody out; of one address no more is written down than of one that guesses."""
    error = UnauthenticatedError("the token is not for this route", fix="Sign in for it, or use another key.")
    if sign_in.limits is None or sign_in.limits.notes(client):
        sign_in.refused(error, who=identity.operator(), client=client)
    else:
        sign_in.measures.record(SIGN_IN_REFUSALS, code=error.code)


def _policy(subject: str, effect: str, request: Request) -> dict[str, Json]:
    # A path is the caller's text: what IAM took for a variable in it would make the policy malformed, an error of ours.
    resource = "*" if effect == "Deny" else request["methodArn"].replace("${", "${$}{")
    statement: dict[str, Json] = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": subject, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
