"""Another customer's resource can have a service act as our role, when the role does not say for whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .._examples import ACCOUNT, trust
from .._identity import ROLE, documents
from .._owners import TRUST
from .._resource import Found
from .._rule import Of, Parameter, Severity, rule
from .._sources import names_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


@rule(
    id="iam-trust-service-has-source",
    title="Roles that a service may take say for which account or resource",
    applies_to=ROLE,
    severity=Severity.MEDIUM,
    fix="Add the condition aws:SourceAccount or aws:SourceArn.",
    sources=("prowler:iam_role_cross_service_confused_deputy_prevention",),
    frameworks=("NIST 800-53:AC-3",),
    parameters={"services": Parameter(("ec2.amazonaws.com",), "Services that do not say for whom they take a role.")},
    ok=(
        trust({"Service": "lambda.amazonaws.com"}, StringEquals={"aws:SourceAccount": ACCOUNT}),
        trust({"Service": "scheduler.amazonaws.com"}, ArnLike={"aws:SourceArn": f"arn:aws:scheduler:*:{ACCOUNT}:*"}),
        trust({"Service": "lambda.amazonaws.com"}, StringEquals={"aws:SourceOrgID": "o-1"}),
        trust({"Service": "ec2.amazonaws.com"}),
        Of(trust({"Service": "lambda.amazonaws.com"}), config={"services": ["lambda.amazonaws.com"]}),
    ),
    bad=(
        trust({"Service": "lambda.amazonaws.com"}),
        trust({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}),
        trust({"Service": "lambda.amazonaws.com"}, StringLike={"aws:SourceAccount": "*"}),
        trust({"Service": "lambda.amazonaws.com"}, StringEqualsIfExists={"aws:SourceAccount": ACCOUNT}),
    ),
)
def trust_service_has_source(role: Resource) -> Iterator[Result]:
    yield from documents(role, partial(_judge, left_out=frozenset(role.config["services"])), (TRUST,))


def _judge(statements: tuple[Statement, ...], left_out: frozenset[str]) -> Iterator[Found]:
    for statement in statements:
        if statement.allows and not names_source(statement):
            for service in statement.principals.get("Service", ()):
                if service not in left_out:
                    yield Found(service, f"{statement.name} lets {service} take the role for any account")
