"""From a verified token to a principal: which persona the caller acts in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.principal import Principal
from agents.contract import PERSONAS, ROLES
from agents.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from agents.access.principal import Claims


def principal(claims: Claims, *, persona: str | None, tenant: str) -> Principal:
    """The principal of a request that named `persona`, or None to take the only one its groups give.

    Groups that we do not know give nothing. Raises InvalidError for an unknown persona and for several groups with
    none named, ForbiddenError for a persona that the groups do not give.
    """
    held = tuple(name for name in PERSONAS if name in claims.groups)
    if persona is not None and persona not in PERSONAS:
        raise InvalidError(f"there is no persona {persona[:64]!r}", fix=f"Name one of {', '.join(PERSONAS)}.")
    if persona is not None and persona not in held:
        raise ForbiddenError(
            f"you do not hold the persona {persona!r}", fix="Ask an administrator to add you to its group."
        )
    if persona is None and len(held) > 1:
        raise InvalidError(f"you hold {len(held)} personas: {', '.join(held)}", fix="Name one of them as `persona`.")
    return Principal(
        subject=claims.subject,
        tenant=tenant,
        groups=claims.groups,
        persona=persona or (held[0] if held else None),
        roles=claims.groups & frozenset(ROLES),
        scopes=claims.scopes,
        actor=claims.actor,
    )


def need_persona(who: Principal) -> str:
    """The persona, for what only personas do; raises ForbiddenError when there is none."""
    if who.persona is None:
        raise ForbiddenError(
            "none of your groups is a persona", fix=f"Ask to be added to one of {', '.join(PERSONAS)}."
        )
    return who.persona
