"""What each role may do with which kind of document, written out by hand and not from the table under test."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.access.principal import Principal
from agents.access.roles import ROLE_ACTIONS, Action, allowing, need
from agents.contract import PERSONAS, ROLES, SCOPES
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from tests.agents.conftest import Remembered

ORDINARY = ("agent", "models", "routing", "template")
KINDS = (*ORDINARY, "access", "key", "schema", "")
# role -> what it may do; `+` is a document of an ordinary kind, `a` one of `access`, `s` one of `schema`, `.` none.
BY_HAND = {
    "viewer": {"config:read": "+s"},
    "operator": {"config:read": "+s", "config:ack": "+", "config:write": "+"},
    "operator-lead": {
        "config:read": "+s",
        "config:ack": "+",
        "config:write": "+s",
        "config:label": "+s",
        "config:approve": "+s",
    },
    "access-admin": {
        "config:read": "+as",
        "config:write": "a",
        "config:label": "a",
        "config:approve": "a",
        "access:explain": ".",
        "access:keys": ".",
    },
    "auditor": {"config:read": "+as", "access:explain": ".", "audit:read": "."},
}
# What a machine's key gives besides: an agent follows as a viewer.
OF_MACHINES = {"viewer": {"config:ack": "+"}}
SIGNS = {**dict.fromkeys(ORDINARY, "+"), "access": "a", "key": "k", "schema": "s", "": "."}
PERSONAS_OWN = {"ask", "ask:tool", "ask:query"}


def person(
    *roles: str, persona: str | None = None, scopes: frozenset[str] | None = None, groups: frozenset[str] = frozenset()
) -> Principal:
    return Principal(
        subject="x", tenant="default", groups=groups, persona=persona, roles=frozenset(roles), scopes=scopes
    )


def by_hand(role: str, action: Action, kind: str) -> bool:
    return action == "access:self" or SIGNS[kind] in BY_HAND.get(role, {}).get(action, "")


CASES = list(itertools.product((*ROLES, "machine", "admin", ""), Action, KINDS))


@pytest.mark.parametrize(("role", "action", "kind"), CASES)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: str, action: Action, kind: str) -> None:
    """Every role, action and kind; roles that we do not know give nothing."""
    rule = allowing(person(role), action, kind)
    assert (rule is not None) == by_hand(role, action, kind)
    if rule:
        assert rule == ("everybody" if action == "access:self" else f"role {role}")


@pytest.mark.parametrize(("role", "action", "kind"), CASES)
def test_a_machine_may_do_what_people_may_and_say_what_it_runs(role: str, action: Action, kind: str) -> None:
    """With a key of all scopes; a person who only views says nothing of what runs."""
    machine = person(role, scopes=frozenset(SCOPES))
    more = SIGNS[kind] in OF_MACHINES.get(role, {}).get(action, "")
    assert (allowing(machine, action, kind) is not None) == (by_hand(role, action, kind) or more)


def test_the_table_has_every_role_and_no_other() -> None:
    """A role of the contract that is missing here would be given out and mean nothing."""
    assert set(BY_HAND) == set(ROLE_ACTIONS) == set(ROLES)


@pytest.mark.parametrize(
    "kind", ["ACCESS", "Access", "access ", " access", "acce\u017fs", "../access", "a/b", "agent\n", "*"]
)
@pytest.mark.parametrize("role", ROLES)
def test_a_kind_is_written_in_one_way(role: str, kind: str) -> None:
    """What only looks like a kind opens no document."""
    for action in (Action.READ_CONFIG, Action.WRITE_CONFIG, Action.LABEL_CONFIG, Action.APPROVE_CONFIG):
        assert allowing(person(role), action, kind) is None


@pytest.mark.parametrize("action", Action)
def test_nobody_reads_or_writes_keys_as_documents(action: Action) -> None:
    """Not with all roles together: keys have endpoints of their own, which show no secret."""
    rule = allowing(person(*ROLES, persona=PERSONAS[0]), action, "key")
    assert (rule is None) == (action not in {"access:self", *PERSONAS_OWN})


def test_several_roles_give_what_each_gives() -> None:
    """And the rule names one that does, the same each time."""
    both = person("viewer", "access-admin")
    assert allowing(both, Action.READ_CONFIG, "agent") == "role access-admin"
    assert allowing(both, Action.WRITE_CONFIG, "access") == "role access-admin"
    assert allowing(both, Action.WRITE_CONFIG, "agent") is None


@pytest.mark.parametrize("action", sorted(PERSONAS_OWN))
def test_a_persona_asks_and_a_role_does_not(action: str) -> None:
    """Whoever runs the agents sees no data by that."""
    assert allowing(person(persona="field_engineer"), Action(action)) == "persona field_engineer"
    assert allowing(person(*ROLES), Action(action)) is None


def test_groups_give_nothing_by_themselves() -> None:
    """What a token says counts only once it was read as a role."""
    for action in Action:
        found = allowing(person(groups=frozenset({*ROLES, *PERSONAS, "admin", "*"})), action, "agent")
        assert (found is not None) == (action == "access:self")


@given(
    roles=st.sets(st.sampled_from(ROLES)),
    persona=st.none() | st.sampled_from(PERSONAS),
    scopes=st.sets(st.sampled_from([*SCOPES, "sign_in", "*", "", "config:write"])).map(frozenset),
    action=st.sampled_from(Action),
    kind=st.sampled_from(KINDS),
)
def test_scopes_only_ever_narrow(
    roles: set[str], persona: str | None, scopes: frozenset[str], action: Action, kind: str
) -> None:
    """A machine's key gives what its roles and persona give, within its scopes, and never more."""
    free = allowing(person(*roles, persona=persona, scopes=frozenset(SCOPES)), action, kind)
    narrowed = allowing(person(*roles, persona=persona, scopes=scopes), action, kind)
    scope = action.value.partition(":")[0]
    assert narrowed == (free if scope in scopes else None)
    if action != "config:ack":
        assert free == (allowing(person(*roles, persona=persona), action, kind) if scope in SCOPES else None)


def test_a_key_without_scopes_opens_nothing() -> None:
    """An empty list is no list that allows all."""
    machine = person(*ROLES, persona=PERSONAS[0], scopes=frozenset())
    assert not any(allowing(machine, action, kind) for action in Action for kind in KINDS)


@pytest.mark.parametrize("action", Action)
def test_an_action_belongs_to_a_scope_that_exists(action: Action) -> None:
    """Except to sign in, which nobody is granted."""
    assert action.scope in {*SCOPES, "sign_in"}


def test_what_is_needed_is_decided_and_written_down(decisions: Remembered) -> None:
    """Whether it is allowed or not, with the rule, before anything happens."""
    need(person("operator"), Action.WRITE_CONFIG, "agent/sql", decisions, kind="agent")
    with pytest.raises(ForbiddenError) as error:
        need(person("operator"), Action.WRITE_CONFIG, "access/policy", decisions, kind="access")
    assert str(error.value) == "you may not do this. Ask an administrator to add you to the group that may."
    assert [(d.action, d.resource, d.allowed, d.rule) for d in decisions.decisions] == [
        ("config:write", "agent/sql", True, "role operator"),
        ("config:write", "access/policy", False, "default deny"),
    ]


def test_a_document_of_which_the_kind_was_forgotten_is_denied(decisions: Remembered) -> None:
    """A route that does not say what it opens opens nothing."""
    with pytest.raises(ForbiddenError):
        need(person(*ROLES), Action.WRITE_CONFIG, "access/policy", decisions)
