"""A wildcard grants what the service adds tomorrow, and hides what the code needs today."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._documents import MalformedError, statements
from .._resource import NotEvaluated, NotKnownError
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

ROLE: Final = "aws:iam/role:Role"
TYPES: Final = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/policy:Policy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    ROLE,
)


def _document(action: str | list[str], key: str = "Action", effect: str = "Allow") -> str:
    return json.dumps({"Statement": [{"Effect": effect, key: action, "Resource": "*"}]})


@rule(
    id="iam-no-wildcard-action",
    title="IAM documents name each action",
    applies_to=TYPES,
    severity=Severity.HIGH,
    fix="List the actions that the code calls.",
    sources=("cdk-nag:AwsSolutions-IAM5", "FSBP:IAM.1", "FSBP:IAM.21", "checkov:CKV_AWS_63"),
    ok=(
        {"policy": _document("s3:GetObject")},
        {"policy": _document("*", effect="Deny")},
        {"policy": _document("s3:GetObject", key="NotAction", effect="Deny")},
        Of({"inlinePolicies": [{"name": "read", "policy": _document(["s3:GetObject"])}]}, ROLE),
        Of({}, ROLE),
    ),
    bad=(
        {"policy": _document("*")},
        {"policy": _document(["s3:GetObject", "dynamodb:*"])},
        {"policy": _document("s3:Get*")},
        {"policy": _document("iam:PassRole", key="NotAction")},
        {"policy": _document([], key="NotAction")},
        {"policy": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}},
        {"policy": "{not json"},
        Of({"inlinePolicies": [{"name": "all", "policy": _document("*")}]}, ROLE),
    ),
)
def no_wildcard_action(resource: Resource) -> Iterator[str | NotEvaluated]:
    inline = resource.type == ROLE
    paths = [f"{path}.policy" for path in resource.each("inlinePolicies")] if inline else ["policy"]
    for path in paths:
        try:
            for statement in statements(resource, path):
                if not statement.allows:
                    continue
                yield from (f"{path} allows {one!r}" for one in statement.actions if "*" in one or "?" in one)
                if statement.not_actions is not None:
                    yield f"{path} allows {statement.granted}"
        except NotKnownError as error:
            yield NotEvaluated(error.path)  # the role's other documents may still be known
        except MalformedError as error:
            yield str(error)
