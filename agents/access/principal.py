"""Who is asking: only what a verified token and the server's own tables say."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a verified token says. `expires_at` is in epoch seconds."""

    subject: str
    groups: frozenset[str]
    expires_at: float


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A verified caller in one persona.

    `attributes` (warehouses, territories) come from the server's tables, never from a claim.
    """

    subject: str
    tenant: str
    groups: frozenset[str]
    persona: str | None
    roles: frozenset[str] = frozenset()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A principal with the token that proved it, which a remote gateway verifies again."""

    principal: Principal
    token: str = field(repr=False)
