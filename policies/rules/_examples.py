"""Documents for the examples of rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ._resource import Value

ACCOUNT: Final = "000000000000"
STRANGER: Final = "999999999999"
ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
TABLE: Final = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/qm-data-dev"


def document(*statements: Value) -> str:
    """The statements as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allows(action: str | list[str], resource: str | list[str] = "*", **condition: Value) -> dict[str, Value]:
    """A statement without a principal. Conditions by operator; one that has a colon goes into a mapping instead."""
    return {"Effect": "Allow", "Action": action, "Resource": resource} | _if(condition)


def policy(action: str | list[str], resource: str | list[str] = "*", **condition: Value) -> dict[str, Value]:
    """The properties of a policy with one statement."""
    return {"policy": document(allows(action, resource, **condition))}


def trust(principal: Value, action: str = "sts:AssumeRole", **condition: Value) -> dict[str, Value]:
    """The properties of a role that the principal may take."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {"assumeRolePolicy": document(statement | _if(condition))}


def lets(principal: Value, action: str | list[str] = "*", resource: str = "*", **condition: Value) -> dict[str, Value]:
    """The properties of a resource policy with one statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {"policy": document(statement | _if(condition))}


def _if(condition: Value) -> dict[str, Value]:
    return {"Condition": {one.replace("__", ":"): test for one, test in condition.items()}} if condition else {}
