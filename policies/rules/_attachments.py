"""Which managed policies a resource attaches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._identity import ROLE
from ._resource import UNKNOWN, NotEvaluated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._resource import Resource

TO_ROLE: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
TO_USER: Final = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
TO_GROUP: Final = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
TO_MANY: Final = "aws:iam/policyAttachment:PolicyAttachment"
ATTACHING: Final = (TO_ROLE, TO_USER, TO_GROUP, TO_MANY, ROLE)
_AWS: Final = re.compile(r"arn:[\w-]+:iam::aws:policy/(.+/)?([^/]+)")


def attached(resource: Resource) -> Iterator[str | NotEvaluated]:
    """The ARN of each policy that the resource attaches."""
    paths = resource.each("managedPolicyArns") if resource.type == ROLE else ("policyArn",)
    for path in paths:
        arn = resource.peek(path)
        if arn is UNKNOWN:
            yield NotEvaluated(path)
        elif isinstance(arn, str):
            yield arn


def aws_managed(arn: str) -> str:
    """The name of a policy that AWS keeps, empty for one of our own."""
    found = _AWS.fullmatch(arn)
    return found[2] if found else ""
