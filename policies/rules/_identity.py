"""The documents that say what a role, a user or a group may do, wherever they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ._actions import matching
from ._documents import MalformedError, statements
from ._resource import Found, NotEvaluated, NotKnownError
from ._scope import unconstrained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._actions import Level
    from ._documents import Statement
    from ._resource import Resource

ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
POLICY: Final = "aws:iam/policy:Policy"
USER_POLICY: Final = "aws:iam/userPolicy:UserPolicy"
GROUP_POLICY: Final = "aws:iam/groupPolicy:GroupPolicy"
IDENTITY: Final = (ROLE_POLICY, POLICY, USER_POLICY, GROUP_POLICY, ROLE)

Result: TypeAlias = "str | Found | NotEvaluated"


def paths(resource: Resource) -> tuple[str, ...]:
    """Where the resource has documents of this kind."""
    if resource.type != ROLE:
        return ("policy",)
    return tuple(f"{path}.policy" for path in resource.each("inlinePolicies"))


def documents(
    resource: Resource,
    judge: Callable[[tuple[Statement, ...]], Iterator[Found]],
    where: tuple[str, ...] | None = None,
) -> Iterator[Result]:
    """What `judge` says of each document. One that is unknown hides no other, and one that is none has its own rule."""
    for path in paths(resource) if where is None else where:
        try:
            for found in judge(tuple(statements(resource, path))):
                yield Found(found.what, found.message if path == "policy" else f"{path}: {found.message}")
        except NotKnownError as error:
            yield NotEvaluated(error.path)
        except MalformedError:
            continue


def allowed(
    resource: Resource, judge: Callable[[Statement], Iterator[Found]], where: tuple[str, ...] | None = None
) -> Iterator[Result]:
    """What `judge` says of each statement that allows something."""
    return documents(resource, lambda every: (one for each in every if each.allows for one in judge(each)), where)


def allowed_everywhere(resource: Resource, counts: Callable[[frozenset[Level]], bool]) -> Iterator[Result]:
    """A finding for each action on every resource, though AWS lets it name some.

    `counts` is asked of the levels of what the action names. `*` alone has a rule of its own.
    """

    def judge(statement: Statement) -> Iterator[Found]:
        if not unconstrained(statement):
            return
        for action in statement.actions:
            levels = frozenset(one.level for one in matching(action) if one.resources)
            if action != "*" and counts(levels):
                yield Found(action, f"{statement.name} allows {action} on every resource")

    yield from allowed(resource, judge)
