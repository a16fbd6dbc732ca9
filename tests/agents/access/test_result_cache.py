"""Results that are kept: for the same statement on the same data, within bounds, and for nobody else."""

from __future__ import annotations

import dataclasses
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.access.attributes import ATTRIBUTE_TABLES, TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.policy import EveryRow, Grants, Policy, TableGrant
from agents.access.ports import Rows
from agents.access.result_cache import ResultCache
from agents.deadline import Deadline
from agents.errors import DeadlineError, ForbiddenError, InvalidError, UnavailableError
from agents.supply_chain.policy import CATALOGUE, POLICY

if TYPE_CHECKING:
    from agents.access.principal import Caller
    from agents.adapters.duckdb import DuckDbEngine
    from tests.agents.conftest import Remembered

STOCK = "SELECT warehouse_id, SUM(on_hand) AS units FROM warehouse_product GROUP BY warehouse_id"


def rows(text: str = "x", n: int = 1) -> Rows:
    return Rows(("a",), ((text,),) * n)


class Counting:
    """The real engine, with a count of what it executes, and a data version that a test sets."""

    def __init__(self, engine: DuckDbEngine) -> None:
        self._engine = engine
        self.dialect = engine.dialect
        self.version: str | None = "1"
        self.executed: list[str] = []

    def data_version(self) -> str | None:
        return self.version

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        if not any(table in statement for table in ATTRIBUTE_TABLES):
            self.executed.append(statement)
        return self._engine.execute(statement, max_rows=max_rows, deadline=deadline)


class Platform:
    """A gateway over a counting engine, whose policy a test changes."""

    def __init__(self, engine: DuckDbEngine, decisions: Remembered) -> None:
        self.engine = Counting(engine)
        self.policy = POLICY
        self.decisions = decisions
        self.gateway = SqlGateway(
            self.engine,
            TableAttributes(self.engine, clock=time.monotonic),
            catalogue=CATALOGUE,
            policy=lambda: self.policy,
            decisions=decisions,
        )

    def ask(self, caller: Caller, statement: str = STOCK) -> Rows:
        return self.gateway.query(statement, caller, deadline=Deadline.after(20))


@pytest.fixture
def platform(engine: DuckDbEngine, decisions: Remembered) -> Platform:
    return Platform(engine, decisions)


def test_a_question_that_comes_again_costs_no_query(platform: Platform, callers: dict[str, Caller]) -> None:
    """The same rows, from memory, however the statement was spelled; and decided and recorded as the first."""
    first = platform.ask(callers["warehouse_manager"])
    again = platform.ask(callers["warehouse_manager"], STOCK.replace(" FROM", "\n  FROM") + " -- again")
    assert again == first
    assert len(platform.engine.executed) == 1
    one, two = platform.decisions.decisions
    assert (one.detail["cached"], two.detail["cached"]) == (False, True)
    assert dataclasses.replace(two, detail={**two.detail, "cached": False}) == one


def test_people_with_other_rows_share_nothing(platform: Platform, callers: dict[str, Caller]) -> None:
    """Each persona's statement is another one, so that each is asked of the engine, and each gets its own rows."""
    found = [platform.ask(callers[persona]).rows for persona in callers for _ in range(2)]
    assert len(platform.engine.executed) == len(callers)
    assert found[0::2] == found[1::2]
    assert len({frozenset(result) for result in found}) == len(callers)


def test_two_people_share_what_would_be_sent_for_both(platform: Platform, callers: dict[str, Caller]) -> None:
    """Products are the same for everybody, whoever asks first; each of them is in the record."""
    everybody = [platform.ask(caller, "SELECT COUNT(*) AS n FROM product") for caller in callers.values()]
    assert len({each.rows for each in everybody}) == 1
    assert len(platform.engine.executed) == 1
    assert [each.subject for each in platform.decisions.decisions] == [c.principal.subject for c in callers.values()]


def test_a_policy_that_narrows_is_in_force_at_once(platform: Platform, callers: dict[str, Caller]) -> None:
    """Nothing that a former policy let through is given out under the new one."""
    buyer = callers["procurement_specialist"]
    assert len(platform.ask(buyer).rows) == 5
    held = POLICY.grants("procurement_specialist")
    mine = POLICY.grants("warehouse_manager").tables["warehouse_product"]
    narrow = dataclasses.replace(held, tables={**held.tables, "warehouse_product": mine})
    platform.policy = Policy({**POLICY.personas, "procurement_specialist": narrow})
    assert platform.ask(buyer).rows == ()
    platform.policy = Policy({"procurement_specialist": dataclasses.replace(held, tables={})})
    with pytest.raises(ForbiddenError):
        platform.ask(buyer)
    platform.policy = POLICY
    assert len(platform.ask(buyer).rows) == 5


def test_attributes_that_change_ask_anew(platform: Platform, callers: dict[str, Caller]) -> None:
    """Two people of one persona are told apart by what is theirs."""
    caller = callers["warehouse_manager"]
    other = dataclasses.replace(caller, principal=dataclasses.replace(caller.principal, subject="dario"))
    assert {row[0] for row in platform.ask(caller).rows} == {"WH01", "WH02"}
    assert {row[0] for row in platform.ask(other).rows} == {"WH03"}


def test_masks_and_columns_are_part_of_the_statement(platform: Platform, callers: dict[str, Caller]) -> None:
    """A column that is masked for one persona is not read from what another was given."""
    asked = "SELECT product_id, unit_cost FROM product WHERE product_id = 'P0001'"
    seen = platform.ask(callers["warehouse_manager"], asked)
    masked = TableGrant(rows=EveryRow(), masks={"unit_cost": "null"})
    held = Grants(agents=frozenset(), tools=frozenset(), tables={"product": masked})
    platform.policy = Policy({**POLICY.personas, "field_engineer": held})
    assert seen.rows[0][1] is not None
    assert platform.ask(callers["field_engineer"], asked).rows == (("P0001", None),)


@pytest.mark.parametrize(
    ("versions", "queries"), [(("1", "2"), 2), (("1", None), 2), ((None, None), 2), (("1", "1"), 1)]
)
def test_other_data_is_asked_anew(
    platform: Platform, callers: dict[str, Caller], versions: tuple[str | None, ...], queries: int
) -> None:
    """Where the version is not known nothing is kept, and nothing that was kept is given."""
    for platform.engine.version in versions:
        platform.ask(callers["warehouse_manager"])
    assert len(platform.engine.executed) == queries


def test_the_version_is_the_one_before_the_query(platform: Platform, callers: dict[str, Caller]) -> None:
    """Data that changes while a query runs leaves no result of the old under the name of the new."""
    execute = platform.engine.execute

    def changing(statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        if "user_warehouse" not in statement:
            platform.engine.version = "2"
        return execute(statement, max_rows=max_rows, deadline=deadline)

    platform.engine.execute = changing  # type: ignore[method-assign]  # the moment that the test is about
    platform.ask(callers["warehouse_manager"])
    platform.ask(callers["warehouse_manager"])
    assert len(platform.engine.executed) == 2


def test_what_failed_is_not_kept(platform: Platform, callers: dict[str, Caller]) -> None:
    """A query that fails may succeed the next time."""
    for _ in range(2):
        with pytest.raises(UnavailableError):
            platform.ask(callers["warehouse_manager"], "SELECT CAST(name AS INTEGER) FROM product")
    assert len(platform.engine.executed) == 2


def test_a_kept_result_keeps_the_deadline(platform: Platform, callers: dict[str, Caller]) -> None:
    """When the time is up there is no answer, from memory neither."""
    platform.ask(callers["warehouse_manager"])
    with pytest.raises(DeadlineError):
        platform.gateway.query(STOCK, callers["warehouse_manager"], deadline=Deadline(0.0, lambda: 1.0))


def test_a_decision_that_cannot_be_written_gives_nothing(platform: Platform, callers: dict[str, Caller]) -> None:
    """Neither runs the query nor gives out what is kept."""
    platform.ask(callers["warehouse_manager"])

    def full(_: object) -> None:
        raise UnavailableError("no room")

    platform.decisions.record = full  # type: ignore[assignment,method-assign]  # a log that is away
    with pytest.raises(UnavailableError, match="no room"):
        platform.ask(callers["warehouse_manager"])
    with pytest.raises(UnavailableError, match="no room"):
        platform.ask(callers["warehouse_manager"], "SELECT COUNT(*) FROM product")
    assert len(platform.engine.executed) == 1


def test_a_cut_result_is_kept_as_cut(platform: Platform, callers: dict[str, Caller]) -> None:
    """Whoever asks again is told again that there is more."""
    asked = "SELECT sales_order_id FROM sales_order_header"
    assert [platform.ask(callers["warehouse_manager"], asked).truncated for _ in range(2)] == [True, True]
    assert len(platform.engine.executed) == 1


@pytest.mark.parametrize(
    "expression",
    [
        "random()",
        "now()",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "uuid()",
        "gen_random_uuid()",
        "nextval('s')",
        "today()",
    ],
)
def test_no_statement_says_another_thing_each_time(
    platform: Platform, callers: dict[str, Caller], expression: str
) -> None:
    """What depends on chance or on the time is refused: a result that is kept is the one it would be."""
    with pytest.raises((InvalidError, ForbiddenError)):
        platform.ask(callers["warehouse_manager"], f"SELECT {expression} AS x FROM product")


def test_the_one_that_was_used_longest_ago_goes_first() -> None:
    """Within a number of entries."""
    cache = ResultCache(max_entries=2)
    for statement in ("a", "b"):
        cache.put(statement, "1", rows(statement))
    assert cache.get("a", "1")
    cache.put("c", "1", rows("c"))
    assert [bool(cache.get(statement, "1")) for statement in "abc"] == [True, False, True]


def test_bytes_are_bounded() -> None:
    """Large results push others out; one larger than all of the room is not kept and pushes nothing out."""
    cache = ResultCache(max_bytes=10_000)
    for n in range(9):
        cache.put(str(n), "1", rows("x" * 2_000))
    assert sum(bool(cache.get(str(n), "1")) for n in range(9)) == 4
    cache.put("huge", "1", rows("x" * 20_000))
    assert cache.get("huge", "1") is None
    assert cache.get("8", "1")


def test_numbers_take_room_too() -> None:
    """Python needs some bytes for every cell, whatever is in it."""
    cache = ResultCache(max_bytes=100_000)
    cache.put("a", "1", Rows(("n",), ((None,),) * 5_000))
    assert cache.get("a", "1") is None


def test_a_result_that_is_put_again_replaces_the_first() -> None:
    """Two that asked at once leave one entry, and its bytes once."""
    cache = ResultCache(max_bytes=5_000)
    for text in ("a", "b") * 50:
        cache.put("s", "1", rows(text * 2_000))
    cache.put("t", "1", rows("c" * 1_000))
    assert cache.get("s", "1") == rows("b" * 2_000)
    assert cache.get("t", "1")


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["1", "2", None]), st.integers(0, 3_000)), max_size=60)
)
def test_what_is_kept_is_what_was_put_last(puts: list[tuple[str, str | None, int]]) -> None:
    """Whatever came and went, a key never gives another key's result, and the bounds hold."""
    cache = ResultCache(max_bytes=6_000, max_entries=3)
    last: dict[tuple[str, str | None], Rows] = {}
    for n, (statement, version, size) in enumerate(puts):
        last[statement, version] = Rows(("n",), ((n, "x" * size),))
        cache.put(statement, version, last[statement, version])
    kept = {key: cache.get(*key) for key in last}
    assert all(found in {None, last[key]} for key, found in kept.items())
    assert sum(found is not None for found in kept.values()) <= 3
    assert all(found is None for (_, version), found in kept.items() if version is None)
    assert sum(len(str(found.rows)) for found in kept.values() if found) < 6_000


def test_threads_share_it() -> None:
    """Many at once find their own results, and the count of bytes stays right."""
    cache = ResultCache(max_bytes=50_000, max_entries=20)
    together = threading.Barrier(8)

    def work(seed: int) -> bool:
        together.wait(10)
        good = True
        for n in range(500):
            statement = str((n * seed) % 40)
            cache.put(statement, "1", rows(statement * 100))
            found = cache.get(statement, "1")
            good &= found in {None, rows(statement * 100)}
        return good

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(1, 9)))
    cache.put("last", "1", rows("x" * 40_000))
    assert cache.get("last", "1")
