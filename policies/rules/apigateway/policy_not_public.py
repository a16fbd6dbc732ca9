"""A resource policy that lets everybody in does nothing but look like protection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._documents import MalformedError, statements
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


TYPES: Final = ("aws:apigateway/restApiPolicy:RestApiPolicy", "aws:apigateway/restApi:RestApi")


def _policy(*given: dict[str, object]) -> dict[str, str]:
    base = {"Action": "execute-api:Invoke", "Resource": "*", "Principal": "*"}
    return {"policy": json.dumps({"Statement": [base | one for one in given]})}


ALLOW: Final[dict[str, object]] = {"Effect": "Allow"}
SOME: Final[dict[str, object]] = {"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}


@rule(
    id="api-policy-not-public",
    title="Resource policies of APIs do not let everybody in",
    applies_to=TYPES,
    severity=Severity.HIGH,
    fix="Name the principals, add a condition on where from, or deny all others in a second statement.",
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        {},
        _policy(ALLOW | {"Principal": {"AWS": "arn:aws:iam::000000000000:root"}}),
        _policy(ALLOW | {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}),
        _policy(ALLOW, {"Effect": "Deny"} | SOME),
        Of({}, TYPES[1]),
    ),
    bad=(_policy(ALLOW), Of(_policy(ALLOW), TYPES[1]), _policy(ALLOW, {"Effect": "Deny"}), {"policy": "[]"}),
)
def policy_not_public(api: Resource) -> Iterator[str]:
    try:
        given = tuple(statements(api, "policy"))
    except MalformedError as error:
        yield str(error)
        return
    # Allow all and deny all but some is how AWS itself writes a list of addresses.
    if any(not one.allows and one.everyone and one.conditions for one in given):
        return
    for one in given:
        if one.allows and one.everyone and not one.restricted:
            yield f"everyone is allowed {one.granted}"
