"""Whether a property of one resource is about another: by dependency first, by name only where both are plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._resource import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._stack import Member


def joined(one: Member, path: str, target: Member, *names: str) -> bool | None:
    """True when the property uses an output of the target, or is equal to one of its properties `names`.

    None when a preview cannot tell.
    """
    sources = one.sources.get(path.partition(".")[0], frozenset())
    if target.urn in sources:
        return True
    given = one.peek(path)
    if given is None:
        return False
    if given is UNKNOWN:
        return False if sources else None
    wanted = [target.peek(name) for name in names]
    if any(value is not UNKNOWN and value is not None and value == given for value in wanted):
        return True
    return None if UNKNOWN in wanted and not sources else False


def any_joined(many: Iterable[Member], path: str, target: Member, *names: str) -> bool | None:
    """Whether one of many is about the target; None when none is for certain and some may be."""
    answers = {joined(one, path, target, *names) for one in many}
    return True if True in answers else None if None in answers else False
