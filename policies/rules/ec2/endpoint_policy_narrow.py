"""An endpoint whose policy allows everything is a way out to any account's data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._documents import MalformedError, statements
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


TYPES: Final = ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")


def _document(**statement: object) -> dict[str, str]:
    return {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **statement}]})}


OURS: Final = {"StringEquals": {"aws:PrincipalAccount": "000000000000"}}


@rule(
    id="ec2-endpoint-policy-narrow",
    title="Policies of VPC endpoints name actions and who may use them",
    applies_to=TYPES,
    severity=Severity.MEDIUM,
    fix="List the actions that are used, and name the principals or add a condition on aws:PrincipalAccount.",
    sources=("prowler:vpc_endpoint_connections_trust_boundaries",),
    frameworks=("NIST 800-53:AC-6", "NIST 800-53:SC-7(5)"),
    ok=(
        {},
        _document(Principal="*", Action=["s3:GetObject"], Condition=OURS),
        _document(Principal={"AWS": "arn:aws:iam::000000000000:root"}, Action="sns:Publish"),
        Of(_document(Principal="*", Action="s3:GetObject", Condition=OURS), TYPES[1]),
    ),
    bad=(
        _document(Principal="*", Action="*"),
        _document(Principal="*", Action="s3:*", Condition=OURS),
        _document(Principal="*", Action="s3:GetObject"),
        _document(Principal="*", NotAction="s3:PutObject", Condition=OURS),
        Of(_document(Principal="*", Action="*"), TYPES[1]),
        {"policy": "[]"},
    ),
)
def endpoint_policy_narrow(endpoint: Resource) -> Iterator[str]:
    try:
        for statement in statements(endpoint, "policy"):
            if not statement.allows:
                continue
            wide = [one for one in statement.actions if one == "*" or one.endswith(":*")]
            if wide or statement.not_actions is not None:
                yield f"{statement.granted} may pass"
            elif statement.everyone and not statement.restricted:
                yield f"everyone may pass with {statement.granted}"
    except MalformedError as error:
        yield str(error)
