"""A record of decisions proves something only while nobody can change it, an administrator of IAM included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._audits import refusals, refused
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._siblings import Bond, lacking
from .._stack import Node, Together
from .._where import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

POLICY: Final = "aws:dynamodb/resourcePolicy:ResourcePolicy"
TABLES: Final = "aws:dynamodb/table:Table"
BOND: Final = Bond(owners={TABLES: "name"}, siblings={POLICY: "resourceArn"})
AUDIT: Final = Node(TABLES, "audit", {"name": "qm-audit-dev"})
CHANGES: Final = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLUpdate",
    "dynamodb:UpdateItem",
)


def _policy(**change: object) -> Node:
    statement = {"Effect": "Deny", "Principal": "*", "Action": CHANGES, "Resource": "*"} | change
    return Node(POLICY, "policy", {"policy": json.dumps({"Statement": [statement]})}, {"resourceArn": "audit"})


@stack_rule(
    id="dynamodb-audit-only-grows",
    title="Tables of an audit refuse everybody to change or delete items",
    severity=Severity.HIGH,
    fix="Add a ResourcePolicy that denies everyone UpdateItem, DeleteItem, BatchWriteItem and their PartiQL forms.",
    frameworks=("NIST 800-53:AU-9", "PCI DSS 4.0.1:10.3.2"),
    unique=True,
    parameters={"tables": Parameter(("*audit*",), "Names of tables, as patterns, whose items nobody may change.")},
    ok=(
        Together(()),
        Together((AUDIT, _policy())),
        Together((AUDIT, _policy(Principal={"AWS": "*"}, Action="dynamodb:*"))),
        Together((Node(TABLES, "data", {"name": "qm-configuration-dev"}),)),
        Together((AUDIT,), {"tables": ["*ledger*"]}),
    ),
    bad=(
        Together((AUDIT,)),
        Together((AUDIT, _policy(Effect="Allow"))),
        Together((AUDIT, _policy(Action=["dynamodb:DeleteItem", "dynamodb:UpdateItem"]))),
        Together((AUDIT, _policy(Principal={"AWS": "arn:aws:iam::000000000000:role/reader"}))),
        Together((AUDIT, _policy(Condition={"Bool": {"aws:SecureTransport": "false"}}))),
        Together((AUDIT, Node(POLICY, "policy", {"policy": "{not json"}, {"resourceArn": "audit"}))),
        Together((Node(TABLES, "ledger", {"name": "qm-ledger-dev"}),), {"tables": ["*ledger*"]}),
    ),
)
def audit_only_grows(stack: Stack) -> Iterator[Answer]:
    for one in stack.of(TABLES):
        if one.peek("name") is UNKNOWN:
            yield NotEvaluated(f"{one.name}.name")
    yield from lacking(stack, BOND, _refuses, "no policy of the table refuses everybody to change its items", _asked)


def _asked(table: Member) -> bool:
    name = table.peek("name")
    return isinstance(name, str) and fits(name, table.config["tables"])


def _refuses(one: Member) -> bool:
    return one.type == POLICY and set(refused(refusals(one, "policy"), CHANGES)) == set(CHANGES)
