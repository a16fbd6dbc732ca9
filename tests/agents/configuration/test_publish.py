"""Nothing invalid is ever stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.access.policy_document import KEY as POLICY
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.access_policy import AccessPolicy
from agents.configuration.documents import START, Draft
from agents.configuration.publish import Publisher
from agents.errors import ConflictError, InvalidError
from agents.runtime.registry import load_plugins
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.documents import Content

REGISTRY = load_plugins(["agents.supply_chain"])
AGENTS, TOOLS = REGISTRY.agents, REGISTRY.tools


def draft(content: Content, *, key: str = "agent/inventory", layer: str = "env:dev", expected: int = 0) -> Draft:
    return Draft(key=key, layer=layer, content=content, author="olga", message="a reason", expected=expected)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteConfigStore]:
    store = SqliteConfigStore(tmp_path / "store.db", tenant="default", clock=lambda: datetime(2026, 6, 30, tzinfo=UTC))
    store.append(
        [draft(document(name), key=f"agent/{name}", layer="base") for name in ("defaults", "inventory", "sql")]
    )
    yield store
    store.close()


@pytest.fixture
def publisher(store: SqliteConfigStore) -> Publisher:
    policy = AccessPolicy(store, environment="dev", catalogue=CATALOGUE, agents=AGENTS, tools=TOOLS)
    return Publisher(store, agents=AGENTS, tools=TOOLS, environment="dev", checks={POLICY: policy.check})


def refused(publisher: Publisher, store: SqliteConfigStore, bad: Draft) -> InvalidError:
    """The error of a draft, of which nothing was stored."""
    tail = store.tail()
    with pytest.raises(InvalidError) as error:
        publisher.publish(bad)
    assert store.tail() == tail != START
    return error.value


def test_a_valid_draft_becomes_the_next_version(publisher: Publisher) -> None:
    """What is published is the head from then on."""
    first = publisher.publish(draft({"parameters": {"rows": 3}}))
    second = publisher.publish(draft({"parameters": {"rows": 4}}, expected=1))
    assert (first.number, second.number, second.parent) == (1, 2, first.digest)
    assert publisher.head("agent/inventory", "env:dev") == second
    assert publisher.head("agent/sql", "env:dev") is None


def test_a_draft_from_an_old_head_conflicts(publisher: Publisher, store: SqliteConfigStore) -> None:
    """Who read version 0 does not write over version 1."""
    publisher.publish(draft({"parameters": {"rows": 3}}))
    with pytest.raises(ConflictError):
        publisher.publish(draft({"parameters": {"rows": 4}}))
    assert [v.number for v in store.history("agent/inventory", "env:dev", before=None, limit=9)] == [1]


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": 7}, "/title"),
        ({"titel": "x"}, "/titel"),
        ({"instructions": "x" * 32_001}, "/instructions"),
        ({"tools": "query_data"}, "/tools"),
        ({"tools": ["query_data", "Query Data"]}, "/tools/1"),
        ({"limits": {"turns": 0}}, "/limits/turns"),
        ({"limits": {"turns": "4"}}, "/limits/turns"),
        ({"limits": {"timeout_s": 1e9}}, "/limits/timeout_s"),
        ({"limits": {"parallel_tools": 1.5}}, "/limits/parallel_tools"),
        ({"limits": None}, "/limits"),
        ({"context": {"window_messages": -1}}, "/context/window_messages"),
        ({"routing": {"keywords": [""]}}, "/routing/keywords/0"),
        ({"routing": {"a/b~c": 1}}, "/routing/a~1b~0c"),
    ],
    ids=str,
)
def test_an_invalid_document_is_named_by_pointer(
    publisher: Publisher, store: SqliteConfigStore, content: Content, pointer: str
) -> None:
    """A document that no agent could run is refused where it is wrong, and not stored."""
    error = refused(publisher, store, draft(content))
    assert pointer in [problem.pointer for problem in error.problems]
    assert all(problem.where == "agent/inventory (env:dev)" for problem in error.problems)


def test_all_problems_are_reported_together(publisher: Publisher, store: SqliteConfigStore) -> None:
    """Three mistakes are three problems at once."""
    error = refused(publisher, store, draft({"title": "", "limits": {"turns": 99}, "colour": "red"}))
    assert {problem.pointer for problem in error.problems} == {"/title", "/limits/turns", "/colour"}


def test_an_unknown_tool_is_named_with_the_known_ones(publisher: Publisher, store: SqliteConfigStore) -> None:
    """The second of three tools is wrong: the problem points at it and lists what there is."""
    error = refused(publisher, store, draft({"tools": ["query_data", "no_such", "stockout_risk", "nor_this"]}))
    assert [problem.pointer for problem in error.problems] == ["/tools/1", "/tools/3"]
    assert "'no_such'" in error.problems[0].message
    assert all(name in error.problems[0].fix for name in TOOLS)


def test_an_unknown_agent_is_refused(publisher: Publisher, store: SqliteConfigStore) -> None:
    """A document for an agent that is not installed would never run: the error lists those that are."""
    error = refused(publisher, store, draft({"title": "x"}, key="agent/pricing"))
    assert "'pricing'" in error.message
    assert "inventory, sql" in error.fix


@pytest.mark.parametrize("key", ["access/policies", "access/keys", "template/base-agent", "key/robot"])
def test_what_nobody_reads_is_refused(publisher: Publisher, store: SqliteConfigStore, key: str) -> None:
    """It is not accepted in silence; the error says what can be published."""
    error = refused(publisher, store, draft({"a": 1}, key=key))
    assert error.fix


def test_without_a_check_no_policy_is_published(store: SqliteConfigStore) -> None:
    """A program that cannot judge it does not store it."""
    publisher = Publisher(store, agents=AGENTS, tools=TOOLS, environment="dev")
    refused(publisher, store, draft(document("policy", kind="access"), key=POLICY, layer="base"))


def test_a_policy_is_checked_against_catalogue_and_registry(publisher: Publisher, store: SqliteConfigStore) -> None:
    """Every problem comes with its pointer and the layer it is in, and nothing is stored."""
    grants: Content = {"agents": ["x"], "tools": ["y"], "tables": {"user_warehouse": {"rows": "every"}}}
    bad = draft({"personas": {"field_engineer": grants}}, key=POLICY, layer="base")
    error = refused(publisher, store, bad)
    at = "/personas/field_engineer"
    assert [problem.pointer for problem in error.problems] == [
        f"{at}/agents/0",
        f"{at}/tools/0",
        f"{at}/tables/user_warehouse",
    ]
    assert {problem.where for problem in error.problems} == {"access/policy (base)"}
    assert "inventory, sql" in error.problems[0].fix


def test_a_policy_is_versioned_like_any_document(publisher: Publisher) -> None:
    """Numbered, named by its digest, and read again."""
    content = document("policy", kind="access")
    first = publisher.publish(draft(content, key=POLICY, layer="base"))
    second = publisher.publish(draft({"personas": {}}, key=POLICY, layer="base", expected=1))
    assert (first.number, second.number, second.parent) == (1, 2, first.digest)
    with pytest.raises(ConflictError):
        publisher.publish(draft(content, key=POLICY, layer="base", expected=1))
    assert publisher.head(POLICY, "base") == second


def test_a_layer_of_the_policy_is_checked_as_it_would_run(publisher: Publisher, store: SqliteConfigStore) -> None:
    """A mask over a column that the base grants is valid with the base alone, and keeps the base from losing it."""
    publisher.publish(draft(document("policy", kind="access"), key=POLICY, layer="base"))
    masked: Content = {"personas": {"field_engineer": {"tables": {"product": {"masks": {"unit_cost": "null"}}}}}}
    publisher.publish(draft(masked, key=POLICY))
    error = refused(publisher, store, draft({"personas": {}}, key=POLICY, layer="base", expected=1))
    assert [problem.pointer for problem in error.problems] == ["/personas/field_engineer/tables/product"]
    refused(publisher, store, draft(masked, key=POLICY, layer="env:prod"))


@pytest.mark.parametrize(
    "content",
    [
        {"limits": {"turns": 0}},
        {"context": []},
        {"colour": "red"},
        {"routing": {"otherwise": 1}},  # the SQL agent has its own, the other has not
        {"parameters": {"rows": [1]}},
    ],
    ids=str,
)
def test_defaults_that_break_an_agent_are_refused(
    publisher: Publisher, store: SqliteConfigStore, content: Content
) -> None:
    """A change of the defaults is checked with every agent that it would reach."""
    refused(publisher, store, draft(content, key="agent/defaults"))


def test_defaults_that_an_agent_overrides_may_be_anything_valid(publisher: Publisher, store: SqliteConfigStore) -> None:
    """Only what runs counts: an unknown tool in the defaults harms nobody while both agents name their own."""
    publisher.publish(draft({"tools": ["no_such"]}, key="agent/defaults"))
    without_tools = {name: value for name, value in document("sql").items() if name != "tools"}
    refused(publisher, store, draft(without_tools, key="agent/sql", layer="base", expected=1))


def test_a_layer_is_checked_as_it_would_run(publisher: Publisher, store: SqliteConfigStore) -> None:
    """Half a document is valid over a base that has the rest, and a base may not lose what it needs."""
    publisher.publish(draft({"limits": {"turns": 2}}))
    refused(publisher, store, draft({"title": "x"}, layer="base", expected=1))


@pytest.mark.parametrize("layer", ["env:prod", "env:pr-123"])
def test_a_layer_that_nothing_runs_is_refused(publisher: Publisher, store: SqliteConfigStore, layer: str) -> None:
    """A document for another environment could not be checked here, so it is not stored here."""
    error = refused(publisher, store, draft({"parameters": {"rows": 3}}, layer=layer))
    assert "base or env:dev" in error.fix


@pytest.mark.parametrize("bad", [draft({}, key="agent"), draft({}, layer="production"), draft({"n": float("nan")})])
def test_a_bad_draft_is_refused(publisher: Publisher, store: SqliteConfigStore, bad: Draft) -> None:
    """An address or a number that is none stops before anything is read."""
    refused(publisher, store, bad)
