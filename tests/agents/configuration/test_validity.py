"""Layers that were published at once and do not fit together are found."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from agents.access.policy_document import parse_policy
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.common import PLUGINS
from agents.bootstrap.laptop import seed
from agents.configuration.documents import Draft
from agents.configuration.problems import errors
from agents.configuration.publish import Publisher
from agents.configuration.validity import Misfit, find_misfits
from agents.deadline import Deadline
from agents.errors import DeadlineError
from agents.runtime.registry import load_plugins
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.access.policy import Policy
    from agents.configuration.documents import Content

REGISTRY = load_plugins(PLUGINS)


def check_policy(content: Content) -> Policy:
    return parse_policy(content, catalogue=CATALOGUE, agents=REGISTRY.agents, tools=REGISTRY.tools)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteConfigStore]:
    store = SqliteConfigStore(
        tmp_path / "configuration.db", tenant="default", clock=lambda: datetime(2026, 6, 30, tzinfo=UTC)
    )
    seed(store, REGISTRY)
    yield store
    store.close()


def find(
    store: SqliteConfigStore, *agents: str, deadline: Deadline | None = None, today: date = date.min
) -> tuple[Misfit, ...]:
    return find_misfits(
        store,
        agents=agents or REGISTRY.agents,
        tools=REGISTRY.tools,
        checks={"access/policy": check_policy},
        environment="dev",
        deadline=deadline or Deadline.after(9),
        today=today,
    )


def draft(key: str, layer: str, content: Content, expected: int = 0) -> Draft:
    return Draft(key=key, layer=layer, content=content, author="x", message="", expected=expected)


def test_what_ships_fits(store: SqliteConfigStore) -> None:
    """A new stack has nothing to report."""
    assert find(store) == ()


def test_two_layers_that_pass_alone_and_not_together_are_found(store: SqliteConfigStore) -> None:
    """One takes a title out because the defaults have it, the other takes it out of the defaults, at once."""
    publisher = Publisher(store, agents=REGISTRY.agents, tools=REGISTRY.tools, environment="dev")
    publisher.publish(draft("agent/defaults", "env:dev", {"title": "An agent"}))
    untitled = {name: value for name, value in document("sql").items() if name != "title"}
    both = draft("agent/sql", "base", untitled, expected=1), draft("agent/defaults", "env:dev", {}, expected=1)
    for one in both:
        assert errors(publisher.validate(one)) == ()
    for one in both:
        store.append([one])
    (misfit,) = find(store)
    assert misfit.key == "agent/sql"
    assert misfit.versions == {"agent/defaults@base": 1, "agent/defaults@env:dev": 2, "agent/sql@base": 2}
    assert "/title" in misfit.reason


def test_a_tool_that_nobody_brings_is_found(store: SqliteConfigStore) -> None:
    """A version of the platform without it was deployed after the document was published."""
    store.append([draft("agent/sql", "env:dev", {"tools": ["query_data", "gone"]})])
    (misfit,) = find(store)
    assert "/tools/1: there is no tool 'gone'" in misfit.reason


def test_a_model_that_ended_is_found(store: SqliteConfigStore) -> None:
    """The day it ends comes without anybody publishing anything."""
    catalogue = document("catalogue", kind="models")
    catalogue["models"]["nova-pro-us"]["eol"] = "2026-12-01"
    store.append(
        [draft("models/catalogue", "env:dev", catalogue), draft("agent/sql", "env:dev", {"model": "nova-pro-us"})]
    )
    assert find(store, today=date(2026, 11, 30)) == ()
    (misfit,) = find(store, today=date(2026, 12, 1))
    assert (misfit.key, "ended on 2026-12-01" in misfit.reason) == ("agent/sql", True)


def test_a_shared_document_that_does_not_fit_is_found(store: SqliteConfigStore) -> None:
    """Also of a kind that nobody named: whatever is stored is looked at."""
    store.append([draft("routing/default", "base", {"otherwise": "nobody"}), draft("weather/x", "base", {"a": 1})])
    assert [misfit.key for misfit in find(store)] == ["routing/default", "weather/x"]


def test_an_agent_without_a_document_is_found(store: SqliteConfigStore) -> None:
    """It has no layers to name, and its neighbours are still looked at."""
    store.append([draft("agent/sql", "env:dev", {"title": ""})])
    pricing, sql = find(store, "pricing", "sql")
    # The defaults are there, so something merges; what lacks is the agent's own.
    assert pricing.key == "agent/pricing"
    assert set(pricing.versions) == {"agent/defaults@base"}
    assert sql.key == "agent/sql"


def test_an_empty_store_is_found(tmp_path: Path) -> None:
    """Nobody seeded it: each agent is reported, and the policy."""
    empty = SqliteConfigStore(tmp_path / "empty.db", tenant="default", clock=lambda: datetime(2026, 6, 30, tzinfo=UTC))
    assert [one.key for one in find(empty)] == ["agent/inventory", "agent/sql", "access/policy"]
    assert not any(one.versions for one in find(empty))
    empty.close()


def test_looking_ends_with_the_deadline(store: SqliteConfigStore) -> None:
    """A half look must not count as a good one."""
    with pytest.raises(DeadlineError):
        find(store, deadline=Deadline(0.0, lambda: 1.0))


def test_a_policy_that_grants_what_there_is_not_is_found(store: SqliteConfigStore) -> None:
    """It came past the publisher, as from another release; what is in force then grants less than it says."""
    store.append([draft("access/policy", "env:dev", {"personas": {"field_engineer": {"tools": ["teleport"]}}})])
    (misfit,) = find(store)
    assert misfit.key == "access/policy"
    assert misfit.versions == {"access/policy@base": 1, "access/policy@env:dev": 1}
    assert "teleport" in misfit.reason
