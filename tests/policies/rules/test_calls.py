"""Which function calls which, as rules about time and concurrency read it from the grants."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from policies.rules._exemptions import Ledger
from policies.rules._lambda import FUNCTION, ROLE, ROLE_POLICY, calls
from policies.rules._stack import Member, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

ARN = "arn:aws:lambda:us-east-1:000000000000:function"


def member(kind: str, name: str, properties: Mapping[str, object], **sources: Member) -> Member:
    return Member(
        type=kind,
        name=name,
        urn=f"urn:pulumi:dev::quartermaster::{kind}::{name}",
        properties=properties,
        sources={key: frozenset({one.urn}) for key, one in sources.items()},
    )


def called(resource: object, *, action: str = "lambda:InvokeFunction", effect: str = "Allow") -> list[tuple[str, str]]:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    role = member(ROLE, "role", {"name": "qm-api-dev"})
    stack = Stack(
        ledger=Ledger(exemptions=(), today=date.min),
        members=(
            role,
            member(ROLE_POLICY, "grants", {"policy": json.dumps({"Statement": [statement]})}, role=role),
            member(FUNCTION, "api", {"name": "qm-api-dev"}, role=role),
            member(FUNCTION, "stock", {"name": "qm-stock-dev"}),
            member(FUNCTION, "orders", {"name": "qm-orders-dev"}),
        ),
    )
    return [(caller.name, callee.name) for caller, callee in calls(stack).pairs]


def test_a_grant_on_a_function_is_a_call() -> None:
    """With a qualifier or without, and by a pattern of names."""
    assert called(f"{ARN}:qm-stock-dev") == [("api", "stock")]
    assert called([f"{ARN}:qm-stock-dev:live", f"{ARN}:other"]) == [("api", "stock")]
    assert called(f"{ARN}:qm-*-dev:live", action="lambda:Invoke*") == [("api", "stock"), ("api", "orders")]


def test_other_grants_are_no_calls() -> None:
    """Leave for every function names none; a denial and another action are none."""
    assert called("*") == []
    assert called(f"{ARN}:*") == []
    assert called(f"{ARN}:qm-stock-dev", effect="Deny") == []
    assert called(f"{ARN}:qm-stock-dev", action="lambda:GetFunction") == []


def test_a_role_may_be_named_by_its_arn() -> None:
    """As where the role comes from a lookup and not from an output."""
    policy = {"Statement": {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"{ARN}:qm-stock-dev"}}
    stack = Stack(
        ledger=Ledger(exemptions=(), today=date.min),
        members=(
            member(ROLE, "role", {"name": "qm-api-dev"}),
            member(ROLE_POLICY, "grants", {"role": "qm-api-dev", "policy": policy}),
            member(FUNCTION, "api", {"name": "qm-api-dev", "role": "arn:aws:iam::000000000000:role/qm-api-dev"}),
            member(FUNCTION, "stock", {"name": "qm-stock-dev"}),
        ),
    )
    assert [(caller.name, callee.name) for caller, callee in calls(stack).pairs] == [("api", "stock")]
