"""A group that nobody is in is a set of rights waiting for whoever may add a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import any_joined
from .._resource import NotEvaluated
from .._rule import Enforcement, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


GROUP: Final = "aws:iam/group:Group"
MEMBERS: Final = "aws:iam/groupMembership:GroupMembership"
OF_USER: Final = "aws:iam/userGroupMembership:UserGroupMembership"
READERS: Final = Node(GROUP, "readers", {"name": "readers"})


@stack_rule(
    id="iam-group-has-members",
    title="Every group has a member",
    severity=Severity.LOW,
    fix="Add a GroupMembership, or leave the group out.",
    sources=("checkov:CKV2_AWS_14",),
    enforcement=Enforcement.ADVISORY,
    ok=(
        Together(()),
        Together((READERS, Node(MEMBERS, "some", {"group": "readers", "users": ["anna"]}))),
        Together((READERS, Node(OF_USER, "anna", {"user": "anna"}, {"groups": "readers"}))),
    ),
    bad=(
        Together((READERS,)),
        Together((READERS, Node(MEMBERS, "some", {"group": "others", "users": ["anna"]}))),
    ),
)
def group_has_members(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for group in stack.of(GROUP):
        inside = any_joined(stack.of(MEMBERS), "group", group, "name")
        listed = any_joined(stack.of(OF_USER), "groups", group, "name")
        if True in (inside, listed):
            continue
        if None in (inside, listed):
            yield NotEvaluated(f"{group.name}.name")
        else:
            yield group, "nobody is in this group"
