"""The policy in force is the newest valid one, and never an invented one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.access.policy_document import KEY
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.access_policy import KEEP_S, RETRY_S, AccessPolicy
from agents.configuration.documents import Draft
from agents.errors import InvalidError, SetupError, UnavailableError
from agents.supply_chain import AGENTS, document
from agents.supply_chain.policy import CATALOGUE, POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.documents import Content, Version
    from agents.errors import QuartermasterError

TOOLS = ("stockout_risk", "reorder_candidates", "late_purchase_orders", "query_data")
PERSONA = "warehouse_manager"


class Line:
    """The store as it is seen over a line that a test can cut; counts what is read. Its clock stands still."""

    def __init__(self, store: SqliteConfigStore) -> None:
        self.store = store
        self.cut = False
        self.error: Exception = UnavailableError("the line is cut")
        self.asked = 0
        self.loads = 0
        self.reached, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        self.now = 1_000_000.0

    def tail(self) -> str:
        self.asked += 1
        self.reached.set()
        self.gate.wait(10)
        return self._through().tail()

    def slow(self) -> None:
        """From now on it answers when the gate is open."""
        self.reached.clear()
        self.gate.clear()

    def heads(self, addresses: list[tuple[str, str]]) -> tuple[Version | None, ...]:
        self.loads += 1
        return self._through().heads(addresses)

    def publish(self, content: Content, *, layer: str = "base", key: str = KEY) -> None:
        """Appends without the publisher's checks, as another program might."""
        head = self.store.heads([(key, layer)])[0]
        expected = head.number if head else 0
        self.store.append([Draft(key=key, layer=layer, content=content, author="", message="", expected=expected)])

    def _through(self) -> SqliteConfigStore:
        if self.cut:
            raise self.error
        return self.store


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    store = SqliteConfigStore(tmp_path / "store.db", tenant="default", clock=lambda: datetime(2026, 6, 30, tzinfo=UTC))
    yield Line(store)
    store.close()


@pytest.fixture
def policy(line: Line) -> AccessPolicy:
    return AccessPolicy(
        line,  # type: ignore[arg-type]  # what it reads
        environment="dev",
        catalogue=CATALOGUE,
        agents=AGENTS,
        tools=TOOLS,
        clock=lambda: line.now,
    )


def shipped() -> Content:
    return document("policy", kind="access")


def only(agent: str) -> Content:
    return {"personas": {PERSONA: {"agents": [agent]}}}


def test_without_a_document_nobody_may_do_anything(policy: AccessPolicy, line: Line) -> None:
    """An empty store fails closed, and says what to publish; a document that comes later counts."""
    with pytest.raises(UnavailableError) as caught:
        policy()
    assert KEY in caught.value.fix
    line.publish(shipped())
    assert policy() == POLICY


@pytest.mark.parametrize(
    "bad", [{}, {"personas": {"king": {}}}, {"personas": {PERSONA: {"agents": ["sql"], "tables": {"x": {}}}}}]
)
def test_a_first_version_that_is_not_valid_grants_nothing(policy: AccessPolicy, line: Line, bad: Content) -> None:
    """Not even the part of it that would do."""
    line.publish(bad)
    for _ in range(2):
        with pytest.raises(UnavailableError, match="no valid access policy"):
            policy()


def test_a_publish_counts_from_the_next_request(policy: AccessPolicy, line: Line) -> None:
    """And a policy that a request holds does not change under it."""
    line.publish(only("sql"))
    before = policy()
    line.publish(only("inventory"))
    assert policy().grants(PERSONA).agents == {"inventory"}
    assert before.grants(PERSONA).agents == {"sql"}


def test_the_environments_layer_lies_over_the_base(policy: AccessPolicy, line: Line) -> None:
    """Maps merge, so it narrows one table; null takes back what the base grants; other environments do not count."""
    line.publish(shipped())
    first: Content = {"column": "warehouse_id", "one_of": ["WH01"]}
    tables: Content = {"warehouse_product": {"rows": [first]}, "product": None}
    line.publish({"personas": {PERSONA: {"tables": tables}, "field_engineer": None}}, layer="env:dev")
    line.publish(only("nobody"), layer="env:prod")
    merged = policy()
    assert set(merged.personas) == {PERSONA, "procurement_specialist"}
    assert set(merged.grants(PERSONA).tables) == {"warehouse_product", "sales_order_header", "sales_order_line"}
    assert merged.grants(PERSONA).tables["warehouse_product"].rows.values == ("WH01",)
    assert merged.grants(PERSONA).agents == POLICY.grants(PERSONA).agents


def test_nothing_is_loaded_while_nothing_changes(policy: AccessPolicy, line: Line) -> None:
    """A request without news costs one look at the log's tail; other documents do not make another policy."""
    line.publish(shipped())
    first = policy()
    assert all(policy() is first for _ in range(5))
    assert line.loads == 1
    line.publish({"title": "x"}, key="agent/sql")
    assert policy() is first
    assert line.loads == 2


def test_a_version_that_is_not_valid_leaves_the_last_good_one(
    policy: AccessPolicy, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning that says what is wrong, once; the next good one counts."""
    line.publish(only("sql"))
    good = policy()
    line.publish({"personas": {PERSONA: {"agents": "sql"}}})
    assert all(policy() is good for _ in range(3))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "/personas/warehouse_manager/agents: this is text" in caplog.text
    line.publish(only("inventory"))
    assert policy().grants(PERSONA).agents == {"inventory"}


def test_a_name_that_is_not_installed_grants_nothing_and_spoils_nothing(policy: AccessPolicy, line: Line) -> None:
    """A release without a tool, or a function without a plugin, still knows what everybody may do."""
    content: Content = {"personas": {PERSONA: {"agents": ["sql", "pricing"], "tools": ["forecast"]}}}
    with pytest.raises(InvalidError):
        policy.check(content)
    line.publish(content)
    assert policy().grants(PERSONA).agents == {"sql", "pricing"}


def test_a_store_that_is_away_leaves_the_last_good_one_for_a_while(policy: AccessPolicy, line: Line) -> None:
    """A quarter of an hour after the last answer of the store; then nothing is granted, until it answers again."""
    line.publish(only("sql"))
    good = policy()
    line.now += 10_000  # nobody asked, and the store was there
    assert policy() is good
    line.cut = True
    for moment in (0, KEEP_S):
        line.now += moment
        assert policy() is good
    line.now += 1
    with pytest.raises(UnavailableError, match="the line is cut"):
        policy()
    line.cut = False
    line.now += RETRY_S
    assert policy() is good


def test_a_clock_that_was_set_back_does_not_keep_a_policy_alive(policy: AccessPolicy, line: Line) -> None:
    """How old it is cannot be told, so it does not count."""
    line.publish(only("sql"))
    policy()
    line.cut = True
    line.now -= 1
    with pytest.raises(UnavailableError):
        policy()


def test_a_store_that_is_away_at_first_grants_nothing(policy: AccessPolicy, line: Line) -> None:
    """There is no last good one."""
    line.publish(shipped())
    line.cut = True
    with pytest.raises(UnavailableError):
        policy()


def test_a_store_that_goes_away_while_it_is_read_is_read_again(policy: AccessPolicy, line: Line) -> None:
    """A tail that was seen without what it leads to is not taken for read."""
    line.publish(only("sql"))
    good = policy()
    line.publish(only("inventory"))
    tail = line.store.tail()
    line.cut = True
    line.tail = lambda: tail  # type: ignore[method-assign]  # the tail comes through, the heads do not
    assert policy() is good
    line.cut = False
    line.now += RETRY_S
    assert policy().grants(PERSONA).agents == {"inventory"}


@pytest.mark.parametrize("error", [UnavailableError("busy"), SetupError("there is no such table")])
def test_a_store_that_failed_is_not_asked_in_a_row(
    policy: AccessPolicy, line: Line, caplog: pytest.LogCaptureFixture, error: QuartermasterError
) -> None:
    """Nobody waits for what has just failed, and the log tells of an outage once; another outage is told again."""
    line.publish(only("sql"))
    good = policy()
    for _ in range(2):
        line.cut, line.error, line.asked = True, error, 0
        caplog.clear()
        for _ in range(3):
            assert all(policy() is good for _ in range(5))
            line.now += RETRY_S
        assert line.asked == 3
        assert len(caplog.records) == 1
        line.cut = False
        assert policy() is good


def test_what_has_just_failed_grants_nothing_where_there_is_no_good_one(policy: AccessPolicy, line: Line) -> None:
    """Each request is told why, and the store is asked once."""
    line.cut = True
    for _ in range(3):
        with pytest.raises(UnavailableError, match="the line is cut"):
            policy()
    assert line.asked == 1


def test_a_slow_store_delays_one_and_stops_nobody(policy: AccessPolicy, line: Line) -> None:
    """Whoever comes while it is asked takes the last good one, and asks nothing."""
    line.publish(only("sql"))
    good = policy()
    line.slow()
    line.publish(only("inventory"))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(policy)
        assert line.reached.wait(10)
        line.asked = 0
        assert all(policy() is good for _ in range(5))
        assert line.asked == 0
        line.gate.set()
        assert first.result(10).grants(PERSONA).agents == {"inventory"}


def test_while_there_is_no_good_one_all_wait_for_the_one_who_asks(policy: AccessPolicy, line: Line) -> None:
    """An old one does not count while a slow store is asked; what one finds serves all."""
    line.publish(only("sql"))
    policy()
    line.slow()
    line.now += KEEP_S + 1
    line.publish(only("inventory"))
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(policy)
        assert line.reached.wait(10)
        others = [pool.submit(policy) for _ in range(3)]
        assert not any(other.done() for other in others)
        line.gate.set()
        assert {other.result(10).grants(PERSONA).agents for other in (first, *others)} == {frozenset({"inventory"})}


def test_a_defect_in_asking_does_not_keep_others_waiting(policy: AccessPolicy, line: Line) -> None:
    """It is raised to the one who asked; the next asks anew."""
    line.publish(only("sql"))
    good = policy()
    line.cut, line.error = True, ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        policy()
    line.cut = False
    assert policy() is good


def test_another_version_that_grants_the_same_is_the_same_policy(policy: AccessPolicy, line: Line) -> None:
    """Its digest is reckoned once."""
    line.publish({"personas": {PERSONA: {"agents": ["sql", "inventory"]}}})
    good = policy()
    line.publish({"personas": {PERSONA: {"agents": ["inventory", "sql"]}}})
    assert policy() is good


def test_a_document_that_is_not_valid_is_told_once(
    policy: AccessPolicy, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where there is no good one and each request looks for it."""
    line.publish({"personas": {PERSONA: {"agents": "sql"}}})
    for _ in range(3):
        with pytest.raises(UnavailableError):
            policy()
    assert len(caplog.records) == 1


def test_many_threads_see_one_policy_or_the_next(policy: AccessPolicy, line: Line) -> None:
    """While versions are published, each caller holds a whole one, and the last one counts at the end."""
    names = [("sql",), ("inventory",), ("inventory", "sql")]
    line.publish(only("sql"))
    done = threading.Event()

    def watch() -> set[frozenset[str]]:
        seen = set()
        while not done.is_set():
            seen.add(policy().grants(PERSONA).agents)
        return seen

    with ThreadPoolExecutor(4) as pool:
        watchers = [pool.submit(watch) for _ in range(4)]
        for _ in range(10):
            for agents in names:
                line.publish({"personas": {PERSONA: {"agents": list(agents)}}})
        done.set()
        seen = set().union(*(watcher.result() for watcher in watchers))
    assert seen <= set(map(frozenset, names))
    assert policy().grants(PERSONA).agents == frozenset(names[-1])
