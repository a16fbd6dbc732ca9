"""What the resources of a stack use of each other, read from what their properties come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._resource import UNKNOWN

if TYPE_CHECKING:
    from ._stack import Member, Stack


def sources_of(member: Member, *properties: str) -> frozenset[str]:
    """URNs of the resources whose outputs these properties use."""
    return frozenset(urn for name in properties for urn in member.sources.get(name, ()))


def used(stack: Stack, kinds: str | tuple[str, ...], *properties: str) -> frozenset[str]:
    """URNs of what resources of these kinds use in these properties."""
    wanted = (kinds,) if isinstance(kinds, str) else kinds
    return frozenset(urn for kind in wanted for member in stack.of(kind) for urn in sources_of(member, *properties))


def given(member: Member, name: str) -> bool | None:
    """Whether the program sets the property; None when it cannot be told from what the provider will fill in.

    The engine tells rules about stacks what resources will be, not what was written.
    """
    if name in member.sources:
        return True
    value = member.peek(name)
    return None if value is UNKNOWN else value is not None
