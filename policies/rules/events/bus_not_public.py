"""Whoever may put events on the bus may start what the rules behind it start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._documents import MalformedError, statements
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

PERMISSION: Final = "aws:cloudwatch/eventPermission:EventPermission"


def _document(**statement: object) -> dict[str, str]:
    return {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": "events:PutEvents", **statement}]})}


@rule(
    id="events-bus-not-public",
    title="Nobody unknown puts events on a bus",
    applies_to=("aws:cloudwatch/eventBusPolicy:EventBusPolicy", PERMISSION),
    severity=Severity.CRITICAL,
    fix="Name the accounts, or add a condition on the organisation.",
    sources=("cdk-nag:AwsSolutions-EVB1", "prowler:eventbridge_bus_exposed"),
    ok=(
        _document(Principal={"AWS": "arn:aws:iam::000000000000:root"}),
        _document(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        Of({"principal": "000000000000"}, PERMISSION),
        Of({"principal": "*", "condition": {"key": "aws:PrincipalOrgID", "value": "o-1"}}, PERMISSION),
    ),
    bad=(
        _document(Principal="*"),
        _document(Principal={"AWS": "*"}, Condition={"StringEquals": {"events:source": "shop"}}),
        _document(NotPrincipal={"AWS": "arn:aws:iam::000000000000:root"}),
        {"policy": "{not json"},
        Of({"principal": "*"}, PERMISSION),
    ),
)
def bus_not_public(resource: Resource) -> Iterator[str]:
    if resource.type == PERMISSION:
        if resource.text("principal") == "*" and not resource.is_set("condition"):
            yield "principal is * without a condition"
        return
    try:
        for statement in statements(resource, "policy"):
            if statement.allows and statement.everyone and not statement.restricted:
                yield f"everyone is allowed {statement.granted}"
    except MalformedError as error:
        yield str(error)
