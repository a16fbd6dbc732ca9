"""What keeps a record as it was written: statements that refuse everybody to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._actions import covers
from ._documents import MalformedError, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._documents import Statement
    from ._resource import Resource


def refusals(resource: Resource, path: str) -> tuple[Statement, ...]:
    """The statements of a resource's policy that refuse everybody something; none of one that is no policy."""
    try:
        return tuple(one for one in statements(resource, path) if _refuses(one))
    except MalformedError:
        return ()


def refused(found: tuple[Statement, ...], actions: tuple[str, ...]) -> Iterator[str]:
    """Those of the actions that everybody is refused, whatever the request."""
    for action in actions:
        if any(covers(pattern, action) for one in found if not one.conditions for pattern in one.actions):
            yield action


def _refuses(one: Statement) -> bool:
    return not one.allows and one.everyone and not one.not_principals and one.not_actions is None
