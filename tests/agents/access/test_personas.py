"""Which persona a caller acts in."""

from __future__ import annotations

import itertools

import pytest

from agents.access.personas import need_persona, principal
from agents.access.principal import Claims
from agents.errors import ForbiddenError, InvalidError

MANAGER, ENGINEER, BUYER = "warehouse_manager", "field_engineer", "procurement_specialist"


def claims(*groups: str) -> Claims:
    return Claims(subject="dario", groups=frozenset(groups), expires_at=0)


@pytest.mark.parametrize(
    ("groups", "named", "persona"),
    [
        ([MANAGER], None, MANAGER),
        ([MANAGER], MANAGER, MANAGER),
        ([ENGINEER, "operator", "chess-club"], None, ENGINEER),
        ([MANAGER, BUYER], MANAGER, MANAGER),
        ([MANAGER, BUYER], BUYER, BUYER),
        ([], None, None),
        (["operator"], None, None),
        (["Warehouse_Manager", "warehouse_manager "], None, None),
    ],
)
def test_a_persona_comes_from_the_groups(groups: list[str], named: str | None, persona: str | None) -> None:
    """One persona group needs no name, several take the one that is named, none gives none."""
    who = principal(claims(*groups), persona=named, tenant="default")
    assert (who.persona, who.subject, who.tenant, dict(who.attributes)) == (persona, "dario", "default", {})


@pytest.mark.parametrize(
    "groups", [*itertools.combinations((MANAGER, ENGINEER, BUYER), 2), (MANAGER, ENGINEER, BUYER)], ids=len
)
def test_several_personas_must_name_one(groups: tuple[str, ...]) -> None:
    """Who holds several personas is told which, and to name one."""
    with pytest.raises(InvalidError) as refused:
        principal(claims(*groups), persona=None, tenant="default")
    assert all(group in refused.value.message for group in groups)


@pytest.mark.parametrize("groups", [[], [MANAGER], ["operator"], ["king"]])
@pytest.mark.parametrize("named", ["king", "", "operator", "WAREHOUSE_MANAGER", "x" * 10_000])
def test_an_unknown_persona_is_invalid(groups: list[str], named: str) -> None:
    """A persona that does not exist is a mistake in the request, also for a group of that name."""
    with pytest.raises(InvalidError) as refused:
        principal(claims(*groups), persona=named, tenant="default")
    assert len(refused.value.message) < 200


@pytest.mark.parametrize("groups", [[], [MANAGER], [MANAGER, BUYER], ["operator"]])
def test_a_persona_that_is_not_held_is_forbidden(groups: list[str]) -> None:
    """Naming a persona does not give it."""
    with pytest.raises(ForbiddenError):
        principal(claims(*groups), persona=ENGINEER, tenant="default")


def test_what_personas_do_needs_one() -> None:
    """An operator is no persona, and a persona is no role."""
    operator = principal(claims("operator"), persona=None, tenant="default")
    manager = principal(claims(MANAGER), persona=None, tenant="default")
    assert need_persona(manager) == MANAGER
    assert (manager.roles, operator.roles) == (frozenset(), {"operator"})
    with pytest.raises(ForbiddenError):
        need_persona(operator)
