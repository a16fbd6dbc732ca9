"""Which resource of the last deployment a registration continues, by its URN or by an alias: the engine's rules.

Source: the engine's step generator (`pulumi/pkg/resource/deploy/step_generator.go`, `generateAliases`). A resource is
looked for under its own URN, then under each alias, then under what the alias of its parent makes of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from .recorder import Registration

STACK_TYPE: Final = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Alias:
    """What a resource was before. Empty parts are as they are now; `urn` says all at once."""

    urn: str = ""
    name: str = ""
    type: str = ""
    parent: str = ""  # URN
    no_parent: bool = False
    project: str = ""
    stack: str = ""


def urn_of(stack: str, project: str, parent: str, token: str, name: str) -> str:
    """The engine's URN: the whole chain of parents' types, the stack's left out."""
    chain = parent.split("::")[2] if parent else ""
    kind = f"{chain}${token}" if chain not in ("", STACK_TYPE) else token
    return f"urn:pulumi:{stack}::{project}::{kind}::{name}"


def former_urns(one: Registration, continued: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every URN that the resource may have had, besides its own, the likeliest first.

    `continued` holds, for each registered URN that was matched under another, that other one.
    """
    continued = continued or {}
    own = [_of_alias(one, alias, continued) for alias in one.aliases]
    inherited: list[str] = []
    if one.parent in continued:
        names = [(one.type, one.name), *(_type_and_name(urn) for urn in own)]
        inherited = [_below(continued[one.parent], one.parent, *each) for each in names]
    return tuple(dict.fromkeys((*own, *inherited)))


def continued_urns(former: Collection[str], registrations: Sequence[Registration]) -> Iterator[str]:
    """Those of the former URNs that a registration continues; parents must come first."""
    continued: dict[str, str] = {}
    for one in registrations:
        if one.urn in former:
            yield one.urn
            continue
        found = next((urn for urn in former_urns(one, continued) if urn in former), None)
        if found is not None:
            continued[one.urn] = found
            yield found


def _of_alias(one: Registration, alias: Alias, continued: Mapping[str, str]) -> str:
    if alias.urn:
        return alias.urn
    stack, project = one.urn.removeprefix("urn:pulumi:").split("::")[:2]
    parent = continued.get(alias.parent, alias.parent) if alias.parent else one.parent
    return urn_of(
        alias.stack or stack,
        alias.project or project,
        "" if alias.no_parent else parent,
        alias.type or one.type,
        alias.name or one.name,
    )


def _below(parent: str, parent_now: str, token: str, name: str) -> str:
    """A child under its parent's former URN; a name that begins with the parent's began with its former one."""
    stack, project = parent.removeprefix("urn:pulumi:").split("::")[:2]
    before, now = _name(parent), _name(parent_now)
    return urn_of(stack, project, parent, token, before + name.removeprefix(now) if name.startswith(now) else name)


def _type_and_name(urn: str) -> tuple[str, str]:
    return urn.split("::")[2].rpartition("$")[2], _name(urn)


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
