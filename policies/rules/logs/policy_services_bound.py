"""A policy of logs is the account's: a service that may write for any account fills our groups with a stranger's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._resource_policies import open_to_everyone, unbound_services
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _document(principal: object, **condition: object) -> dict[str, str]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "logs:PutLogEvents", "Condition": condition}
    return {"policyDocument": json.dumps({"Statement": [statement]})}


@rule(
    id="logs-policy-services-bound",
    title="Policies of logs let services act for our accounts only, and nobody unknown",
    applies_to="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    severity=Severity.HIGH,
    fix="Name the service, and add a condition on aws:SourceArn or aws:SourceAccount.",
    sources=("prowler:cloudwatch_log_group_not_publicly_accessible",),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AU-9"),
    ok=(
        _document({"Service": "es.amazonaws.com"}, StringEquals={"aws:SourceAccount": "000000000000"}),
        {},
    ),
    bad=(
        _document({"Service": "es.amazonaws.com"}),
        _document("*"),
        _document({"Service": "es.amazonaws.com"}, ArnLike={"aws:SourceArn": "*"}),
        {"policyDocument": "{not json"},
    ),
)
def policy_services_bound(policy: Resource) -> Iterator[str]:
    yield from dict.fromkeys(
        (*open_to_everyone(policy, "policyDocument"), *unbound_services(policy, "policyDocument")),
    )
