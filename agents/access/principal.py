"""Who is asking: only what a verified token and the server's own tables say."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a verified token or key says. `expires_at` is in epoch seconds.

    `scopes` narrow what the groups give, None when nothing narrows it. `actor` names who asks for the subject: a
    job that acts for a person, empty when it is the subject.
    """

    subject: str
    groups: frozenset[str]
    expires_at: float
    scopes: frozenset[str] | None = None
    actor: str = ""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A verified caller in one persona.

    `attributes` (warehouses, territories) come from the server's tables, never from a claim. `scopes` narrow what a
    machine's roles and persona give; None for people.
    """

    subject: str
    tenant: str
    groups: frozenset[str]
    persona: str | None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    actor: str = ""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A principal with the token that proved it, which a remote gateway verifies again."""

    principal: Principal
    token: str = field(repr=False)
