"""A decision on access, and where it goes: every one is written down before its effect leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.principal import Principal
    from agents.json_value import Json


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Who wanted to do what with which thing, whether they may, and which rule says so.

    `action` is one of `roles.Action`, `resource` like `agent/inventory`, `tool/query_data`, `table/product`. `rule`
    names what decided: `persona warehouse_manager`, `role operator`, `default deny`, or the code of an error.
    `detail` holds what proves it, such as the certificate of a query: never rows, tokens or what a person wrote.
    """

    action: str
    resource: str
    allowed: bool
    rule: str
    subject: str = ""  # empty: nobody was proven to be anybody
    actor: str = ""  # who asked for the subject; empty: the subject
    tenant: str = ""
    persona: str = ""
    roles: tuple[str, ...] = ()
    detail: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def of(  # noqa: PLR0913 - what a decision is made of
        cls,
        who: Principal,
        action: str,
        resource: str,
        *,
        allowed: bool,
        rule: str,
        detail: Mapping[str, Json] | None = None,
    ) -> Decision:
        """The decision on a principal's wish."""
        return cls(
            action=action,
            resource=resource,
            allowed=allowed,
            rule=rule,
            subject=who.subject,
            actor=who.actor,
            tenant=who.tenant,
            persona=who.persona or "",
            roles=tuple(sorted(who.roles)),
            detail=detail or {},
        )


class Decisions(Protocol):
    """Where decisions are written down."""

    def record(self, decision: Decision) -> None:
        """Durable when it returns; within `Audit.request`, when that ends or is settled. Raises UnavailableError.

        Whoever cannot write a decision down must not act on it.
        """
