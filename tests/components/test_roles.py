"""A role: whom it trusts, on whose behalf, and what bounds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
PROGRAM = """
from components import iam
from components.roles import RoleArgs, make_role

make_role(
    "some",
    RoleArgs(
        names=names, arns=arns, purpose="some", description="Does something", service="lambda.amazonaws.com",
        statements=[iam.writes_log(arns, "/aws/lambda/some")], boundary="{boundary}", source="{source}",
    ),
    opts,
)
"""


def role(recording: Recording) -> dict[str, object]:
    (found,) = recording.of_type("aws:iam/role:Role")
    return dict(found.values)


def trusted(recording: Recording) -> dict[str, object]:
    (statement,) = json.loads(str(role(recording)["assumeRolePolicy"]))["Statement"]
    assert isinstance(statement, dict)
    return statement


def test_a_service_is_trusted_for_this_account_only(program: Callable[..., Recording]) -> None:
    """Another customer's resource cannot have the service act as our role."""
    statement = trusted(program(PROGRAM.format(boundary="", source="")))
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_a_service_is_trusted_for_one_source_where_it_has_one(program: Callable[..., Recording]) -> None:
    """With a pattern of ARNs, no other resource of our own account either."""
    condition = trusted(program(PROGRAM.format(boundary="", source="arn:aws:scheduler:x")))["Condition"]
    assert condition == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:scheduler:x"},
    }


@pytest.mark.parametrize("boundary", [BOUNDARY, ""])
def test_a_boundary_bounds_the_role(program: Callable[..., Recording], boundary: str) -> None:
    """Where the account asks for one; without, the property is not set at all."""
    assert role(program(PROGRAM.format(boundary=boundary, source=""))).get("permissionsBoundary", "") == boundary


def test_a_role_has_one_inline_policy(program: Callable[..., Recording]) -> None:
    """No managed policy adds what nobody here reads."""
    recording = program(PROGRAM.format(boundary="", source=""))
    kinds = sorted(one.type for one in recording.registrations if one.type.startswith("aws:iam"))
    assert kinds == ["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"]
    assert "managedPolicyArns" not in role(recording)


def test_a_services_role_says_why(program: Callable[..., Recording]) -> None:
    """Code shows why a function's role has what it has; for a service nobody else could say it."""
    with pytest.raises(ValueError, match="some does not say why it has WritesLog: give each a why"):
        program(PROGRAM.format(boundary="", source="").replace("lambda.amazonaws.com", "scheduler.amazonaws.com"))
