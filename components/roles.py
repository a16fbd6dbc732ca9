"""A role for one purpose: trusted by one service on behalf of this account, allowed what its statements say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi_aws as aws

from . import iam
from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from .arns import Arns
    from .naming import Names

_OF_OUR_CODE: Final = "lambda.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class RoleArgs:
    """What a role is for. `source` is the ARN pattern that the service acts for, where the service says it."""

    names: Names
    arns: Arns
    purpose: str  # of the name
    description: str
    service: str  # lambda.amazonaws.com
    statements: Sequence[iam.Statement]
    boundary: str  # ARN of the permissions boundary; empty: none
    source: str = ""


def make_role(name: str, args: RoleArgs, opts: pulumi.ResourceOptions) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The role `{name}-role` and its one inline policy `{name}-policy`; what acts as the role waits for both.

    Raises ValueError for a statement of a service's role that does not say why: no code of ours shows it.
    """
    silent = [one.sid for one in args.statements if not one.why]
    if silent and args.service != _OF_OUR_CODE:
        raise ValueError(f"the role {args.purpose} does not say why it has {', '.join(silent)}: give each a why")
    role = aws.iam.Role(
        f"{name}-role",
        name=args.names.name(Kind.ROLE, args.purpose),
        description=args.description,
        assume_role_policy=iam.trust(args.arns, args.service, args.source),
        permissions_boundary=args.boundary or None,
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-policy",
        name=args.names.name(Kind.ROLE_POLICY, args.purpose),
        role=role.id,
        policy=iam.document(args.statements),
        opts=opts,
    )
    return role, policy
