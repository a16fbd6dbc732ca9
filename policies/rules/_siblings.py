"""Which resources stand beside which: a policy beside its bucket, an alarm beside its function.

By what a property depends on, and by a physical name where the program passes a known one. Names that the program
gives its own resources say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pulumi_policy.proxy import UnknownValueError

from ._resource import UNKNOWN, NotEvaluated, NotKnownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ._resource import Value
    from ._stack import Member, Stack

Answer: TypeAlias = "tuple[Member, str] | NotEvaluated"


@dataclass(frozen=True, kw_only=True)
class Bond:
    """Types that belong together. An alias leads `through` to its function, a bucket's policy to the bucket."""

    owners: Mapping[str, str]  # type -> the property that holds its physical name
    siblings: Mapping[str, str] = field(default_factory=dict)  # type -> the property that says whose it is
    through: Mapping[str, str] = field(default_factory=dict)  # type -> the property that leads on


@dataclass(frozen=True)
class Ties:
    """What belongs to one owner: surely, or perhaps, as a preview cannot know the name."""

    sure: list[Member] = field(default_factory=list)
    perhaps: list[Member] = field(default_factory=list)


class Kin:
    """Who owns what in one stack."""

    def __init__(self, stack: Stack, bond: Bond) -> None:
        self._leads = {**bond.siblings, **bond.through}
        self._by_urn = {one.urn: one for one in stack.members}
        self._names = {one.urn: one.peek(bond.owners[one.type]) for one in stack.members if one.type in bond.owners}

    @property
    def owners(self) -> tuple[Member, ...]:
        return tuple(self._by_urn[urn] for urn in self._names)

    def name(self, owner: Member) -> Value:
        """The owner's physical name, which may be UNKNOWN."""
        return self._names[owner.urn]

    def of(self, member: Member, prop: str, path: str = "") -> tuple[frozenset[str], bool]:
        """URNs of the owners that the member's property names, and whether there may be others.

        `path` is where in the property the name stands, when it is a structure.
        """
        found = frozenset(self._follow(member.sources.get(prop, frozenset()), set()))
        if found:
            return found, False
        value = member.peek(path or prop)
        if value is UNKNOWN:
            return frozenset(), True
        if not isinstance(value, str):
            return frozenset(), False
        named = frozenset(urn for urn, name in self._names.items() if isinstance(name, str) and _says(value, name))
        return named, not named and UNKNOWN in self._names.values()

    def _follow(self, urns: frozenset[str], seen: set[str]) -> Iterator[str]:
        for urn in sorted(urns - seen):
            seen.add(urn)
            if urn in self._names:
                yield urn
            elif (member := self._by_urn.get(urn)) is not None and member.type in self._leads:
                yield from self._follow(member.sources.get(self._leads[member.type], frozenset()), seen)


def _says(value: str, name: str) -> bool:
    """Whether a name, an ARN, a URL or JSON with an ARN names the resource."""
    return bool(name) and (value == name or value.endswith((f":{name}", f"/{name}")) or f':{name}"' in value)


def ties(stack: Stack, bond: Bond) -> dict[str, Ties]:
    """By each owner's URN what belongs to it."""
    kin = Kin(stack, bond)
    result = {owner.urn: Ties() for owner in kin.owners}
    for one in stack.members:
        if one.type in bond.siblings:
            sure, more = kin.of(one, bond.siblings[one.type])
            for urn, its in result.items():
                if urn in sure:
                    its.sure.append(one)
                elif more:
                    its.perhaps.append(one)
    return result


def lacking(
    stack: Stack,
    bond: Bond,
    good: Callable[[Member], bool],
    message: str,
    asked: Callable[[Member], bool] = lambda _: True,
) -> Iterator[Answer]:
    """The owners for which neither they themselves, in the inline form, nor anything beside them is `good`."""
    by_owner = ties(stack, bond)
    for owner in stack.members:
        if owner.urn not in by_owner or not asked(owner):
            continue
        its = by_owner[owner.urn]
        verdicts = [holds(good, one) for one in (owner, *its.sure)]
        if True in verdicts:
            continue
        unknown = [one.path for one in verdicts if isinstance(one, NotEvaluated)]
        if unknown:
            yield NotEvaluated(f"{owner.name}.{unknown[0]}")
        elif any(holds(good, one) is not False for one in its.perhaps):
            yield NotEvaluated(f"{owner.name}.{bond.owners[owner.type]}")
        else:
            yield owner, message


def holds(good: Callable[[Member], bool], one: Member) -> bool | NotEvaluated:
    """What a condition says of one resource, unknowns included."""
    try:
        return good(one)
    except NotKnownError as error:
        return NotEvaluated(error.path)
    except UnknownValueError as error:
        return NotEvaluated(".".join(error.props))
