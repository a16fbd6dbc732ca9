"""The policy document: what it may say, and every way in which it is refused."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.access.attributes import TableAttributes
from agents.access.catalogue import CataloguedTable
from agents.access.document_node import MAX_PROBLEMS
from agents.access.policy import ATTRIBUTES, AllOf, EveryRow, Grants, OneOf, Own, Policy, TableGrant, Through
from agents.access.policy_document import MAX_BYTES, parse_policy
from agents.contract import PERSONAS
from agents.deadline import Deadline
from agents.errors import InvalidError
from tests.agents.access.written_policy import write_policy

if TYPE_CHECKING:
    from agents.access.policy import Mask
    from agents.adapters.duckdb import DuckDbEngine

CATALOGUE = {
    "product": CataloguedTable(columns={"product_id": "string", "unit_cost": "decimal(12,2)", "a/b~c": "string"}),
    "stock": CataloguedTable(columns={"warehouse_id": "string", "region": "string", "on_hand": "int"}),
    "warehouse": CataloguedTable(columns={"warehouse_id": "string", "territory_id": "string", "opened": "date"}),
    "user_warehouse": CataloguedTable(columns={"user_id": "string", "warehouse_id": "string"}),
}
AGENTS, TOOLS = ("inventory", "sql"), ("query_data", "reorder_candidates")
EVERY = {"rows": "every"}
MINE = {"column": "warehouse_id", "own": "warehouses"}
VIA = {"table": "warehouse", "key": "warehouse_id", "column": "territory_id", "own": "territories"}
MANAGER = "/personas/warehouse_manager"


def parse(content: Any) -> Policy:  # noqa: ANN401 - what is no document is tried too
    return parse_policy(content, catalogue=CATALOGUE, agents=AGENTS, tools=TOOLS)


def of(**grants: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    return {"personas": {"warehouse_manager": grants}}


def table(name: str, grant: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    return of(tables={name: grant})


def rows(condition: Any, name: str = "stock") -> dict[str, Any]:  # noqa: ANN401 - the same
    return table(name, {"rows": condition})


def problems(content: Any) -> dict[str, str]:  # noqa: ANN401 - the same
    """What is wrong, by pointer."""
    with pytest.raises(InvalidError) as caught:
        parse(content)
    assert all(problem.fix and problem.code == "invalid" for problem in caught.value.problems)
    return {problem.pointer: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("every", EveryRow()),
        ([MINE], Own("warehouse_id", "warehouses")),
        ([{"column": "region", "one_of": ["EU", "O'Hara"]}], OneOf("region", ("EU", "O'Hara"))),
        (
            [{"column": "warehouse_id", "through": VIA}],
            Through("warehouse_id", "warehouse", "warehouse_id", Own("territory_id", "territories")),
        ),
        (
            [MINE, {"column": "region", "one_of": ["EU"]}],
            AllOf((Own("warehouse_id", "warehouses"), OneOf("region", ("EU",)))),
        ),
    ],
)
def test_each_way_to_say_which_rows(written: object, means: object) -> None:
    """`every`, or conditions that must all hold."""
    assert parse(rows(written)).grants("warehouse_manager").tables["stock"].rows == means


def test_a_grant_says_columns_and_what_stands_in_them() -> None:
    """Without `columns` every one is granted."""
    masked = {
        "rows": "every",
        "columns": ["product_id", "unit_cost"],
        "masks": {"unit_cost": "null", "product_id": "redacted"},
    }
    policy = parse(of(agents=["sql"], tools=["query_data"], tables={"product": masked, "stock": EVERY}))
    assert policy.grants("warehouse_manager") == Grants(
        agents=frozenset({"sql"}),
        tools=frozenset({"query_data"}),
        tables={
            "product": TableGrant(
                rows=EveryRow(),
                columns=("product_id", "unit_cost"),
                masks={"unit_cost": "null", "product_id": "redacted"},
            ),
            "stock": TableGrant(rows=EveryRow()),
        },
    )


@pytest.mark.parametrize("content", [{"personas": {}}, of(), of(agents=[], tools=[], tables={})])
def test_what_is_not_granted_is_denied(content: dict[str, Any]) -> None:
    """An empty document is a policy that lets nobody do anything."""
    grants = parse(content).grants("warehouse_manager")
    assert (grants.agents, grants.tools, grants.tables) == (frozenset(), frozenset(), {})


@pytest.mark.parametrize(
    ("content", "pointer", "says"),
    [
        # Its form.
        ({}, "", "'personas' is missing"),
        ({"personas": []}, "/personas", "a list, not an object"),
        ({"personas": {}, "version": 1}, "/version", "no field 'version'"),
        ({"personas": {"warehouse_manager": "all"}}, MANAGER, "text, not an object"),
        (of(agent=["sql"]), f"{MANAGER}/agent", "no field 'agent'"),
        (of(agents="sql"), f"{MANAGER}/agents", "text, not a list"),
        (of(agents=[7]), f"{MANAGER}/agents/0", "no agent a number"),
        (of(agents=["sql", "sql"]), f"{MANAGER}/agents", "'sql' is here twice"),
        (of(tables=["product"]), f"{MANAGER}/tables", "a list, not an object"),
        (table("product", "every"), f"{MANAGER}/tables/product", "text, not an object"),
        (table("product", {}), f"{MANAGER}/tables/product", "'rows' is missing"),
        (table("product", EVERY | {"limit": 9}), f"{MANAGER}/tables/product/limit", "no field 'limit'"),
        # Names that stand for nothing.
        ({"personas": {"king": {}}}, "/personas/king", "no persona 'king'"),
        ({"personas": {"a/b~c": {}}}, "/personas/a~1b~0c", "no persona"),
        (of(agents=["sql", "pricing"]), f"{MANAGER}/agents/1", "no agent 'pricing'"),
        (of(tools=["rm_rf"]), f"{MANAGER}/tools/0", "no tool 'rm_rf'"),
        (table("orders", EVERY), f"{MANAGER}/tables/orders", "no table 'orders'"),
        (table("Product", EVERY), f"{MANAGER}/tables/Product", "no table 'Product'"),
        (table("product", EVERY | {"columns": ["price"]}), f"{MANAGER}/tables/product/columns/0", "no column 'price'"),
        # Whose rows are whose is read by the server, and by nobody else.
        (table("user_warehouse", EVERY), f"{MANAGER}/tables/user_warehouse", "nobody's to read"),
        (table("user_territory", EVERY), f"{MANAGER}/tables/user_territory", "nobody's to read"),
        # Columns and masks.
        (table("product", EVERY | {"columns": []}), f"{MANAGER}/tables/product/columns", "is empty"),
        (
            table("product", EVERY | {"columns": ["product_id", "product_id"]}),
            f"{MANAGER}/tables/product/columns",
            "twice",
        ),
        (table("product", EVERY | {"columns": "*"}), f"{MANAGER}/tables/product/columns", "text, not a list"),
        (
            table("product", EVERY | {"masks": {"price": "null"}}),
            f"{MANAGER}/tables/product/masks/price",
            "not a granted column",
        ),
        (
            table("product", EVERY | {"columns": ["product_id"], "masks": {"unit_cost": "null"}}),
            f"{MANAGER}/tables/product/masks/unit_cost",
            "not a granted column",
        ),
        (
            table("product", EVERY | {"masks": {"unit_cost": "redacted"}}),
            f"{MANAGER}/tables/product/masks/unit_cost",
            "not text",
        ),
        (
            table("product", EVERY | {"masks": {"product_id": "hash"}}),
            f"{MANAGER}/tables/product/masks/product_id",
            "no mask 'hash'",
        ),
        (
            table("product", EVERY | {"masks": {"a/b~c": "hash"}}),
            f"{MANAGER}/tables/product/masks/a~1b~0c",
            "no mask 'hash'",
        ),
        # Which rows.
        (rows("all"), f"{MANAGER}/tables/stock/rows", "does not say which rows"),
        (rows(None), f"{MANAGER}/tables/stock", "'rows' is missing"),
        (rows(1), f"{MANAGER}/tables/stock/rows", "does not say which rows"),
        (rows(MINE), f"{MANAGER}/tables/stock/rows", "does not say which rows"),
        (rows([]), f"{MANAGER}/tables/stock/rows", "is empty"),
        (rows(["every"]), f"{MANAGER}/tables/stock/rows/0", "text, not an object"),
        (rows([MINE, MINE]), f"{MANAGER}/tables/stock/rows", "twice"),
        (rows([MINE] * 9), f"{MANAGER}/tables/stock/rows", "9 items"),
        (rows([{"column": "warehouse_id"}]), f"{MANAGER}/tables/stock/rows/0", "here is none"),
        (rows([MINE | {"one_of": ["WH01"]}]), f"{MANAGER}/tables/stock/rows/0", "own and one_of"),
        (rows([MINE | {"sql": "1 = 1"}]), f"{MANAGER}/tables/stock/rows/0/sql", "no field 'sql'"),
        (rows([{"own": "warehouses"}]), f"{MANAGER}/tables/stock/rows/0", "'column' is missing"),
        (rows([MINE | {"own": "subject"}]), f"{MANAGER}/tables/stock/rows/0/own", "no attribute 'subject'"),
        (rows([MINE | {"column": "nowhere"}]), f"{MANAGER}/tables/stock/rows/0/column", "no column 'nowhere'"),
        (rows([MINE | {"column": "on_hand"}]), f"{MANAGER}/tables/stock/rows/0/column", "on_hand is not text"),
        (rows([{"column": "region", "one_of": []}]), f"{MANAGER}/tables/stock/rows/0/one_of", "is empty"),
        (rows([{"column": "region", "one_of": "EU"}]), f"{MANAGER}/tables/stock/rows/0/one_of", "text, not a list"),
        (rows([{"column": "region", "one_of": [7]}]), f"{MANAGER}/tables/stock/rows/0/one_of/0", "a number"),
        (rows([{"column": "region", "one_of": ["a\0b"]}]), f"{MANAGER}/tables/stock/rows/0/one_of/0", "cannot be used"),
        (rows([{"column": "region", "one_of": [""]}]), f"{MANAGER}/tables/stock/rows/0/one_of/0", "cannot be used"),
        (rows([{"column": "region", "one_of": ["x" * 257]}]), f"{MANAGER}/tables/stock/rows/0/one_of/0", "cannot be"),
        (rows([{"column": "region", "one_of": ["EU", "EU"]}]), f"{MANAGER}/tables/stock/rows/0/one_of", "twice"),
        (
            rows([{"column": "region", "one_of": [f"r{n}" for n in range(501)]}]),
            f"{MANAGER}/tables/stock/rows/0/one_of",
            "501 items",
        ),
        *(
            (rows([{"column": "warehouse_id", "through": through}]), f"{MANAGER}/tables/stock/rows/0/through{at}", says)
            for through, at, says in (
                ("warehouse", "", "text, not an object"),
                ({name: value for name, value in VIA.items() if name != "own"}, "", "'own' is missing"),
                (VIA | {"where": "1"}, "/where", "no field 'where'"),
                (VIA | {"table": "nowhere"}, "/table", "no table 'nowhere'"),
                (VIA | {"table": ["warehouse"]}, "/table", "no table a list"),
                (VIA | {"key": "region"}, "/key", "no column 'region'"),
                (VIA | {"column": "region"}, "/column", "no column 'region'"),
                (VIA | {"column": "opened"}, "/column", "opened is not text"),
                (VIA | {"own": "countries"}, "/own", "no attribute 'countries'"),
            )
        ),
    ],
    ids=lambda value: str(value)[:70],
)
def test_a_mistake_is_named_where_it_stands(content: dict[str, Any], pointer: str, says: str) -> None:
    """Each has its RFC 6901 pointer, what is wrong, and how to mend it."""
    found = problems(content)
    assert says in found[pointer]
    assert len(found) == 1, "and nothing else is blamed"


def test_any_name_of_an_agent_or_a_tool_may_do() -> None:
    """For who only needs to know the tables; but it must be a name."""
    content = of(agents=["pricing"], tools=["forecast"], tables={"stock": EVERY})
    policy = parse_policy(content, catalogue=CATALOGUE, agents=None, tools=None)
    assert policy.grants("warehouse_manager").tools == {"forecast"}
    with pytest.raises(InvalidError, match="/tools/0: there is no tool 'rm -rf'"):
        parse_policy(of(tools=["rm -rf"]), catalogue=CATALOGUE, agents=None, tools=None)


def test_every_problem_is_told_at_once() -> None:
    """Mistakes of form and of names, in several personas, in the order of the document."""
    found = problems(
        {
            "personas": {
                "warehouse_manager": {"agents": ["x"], "tools": ["y"], "tables": {"z": EVERY, "stock": {"rows": 1}}},
                "king": {},
                "field_engineer": {"tables": {"product": EVERY | {"masks": {"unit_cost": "redacted"}}}},
            }
        }
    )
    assert list(found) == [
        f"{MANAGER}/agents/0",
        f"{MANAGER}/tools/0",
        f"{MANAGER}/tables/z",
        f"{MANAGER}/tables/stock/rows",
        "/personas/king",
        "/personas/field_engineer/tables/product/masks/unit_cost",
    ]


def test_null_counts_as_not_written() -> None:
    """A layer takes back what one below it grants: a persona, a table, a mask."""
    content = {
        "personas": {
            "field_engineer": None,
            "warehouse_manager": {
                "tools": None,
                "tables": {"stock": None, "product": EVERY | {"masks": {"product_id": None}}},
            },
        }
    }
    policy = parse(content)
    assert set(policy.personas) == {"warehouse_manager"}
    assert policy.grants("warehouse_manager").tables == {"product": TableGrant(rows=EveryRow())}


def test_a_document_of_garbage_gets_a_short_answer() -> None:
    """However much is wrong, what is told has a limit."""
    with pytest.raises(InvalidError) as caught:
        parse(of(agents=["x"], tables={f"t{number}": 1 for number in range(3_000)}))
    assert len(caught.value.problems) == MAX_PROBLEMS
    assert caught.value.message.endswith(f"and {3_001 - MAX_PROBLEMS} more")


@pytest.mark.parametrize("content", [of(agents=["x" * MAX_BYTES]), of(agents=[float("nan")]), of(agents=[object()])])
def test_what_is_too_much_or_no_json_is_refused(content: dict[str, Any]) -> None:
    """Before any of it is looked at."""
    with pytest.raises(InvalidError) as caught:
        parse(content)
    assert caught.value.problems == ()


def test_what_nests_without_end_is_refused() -> None:
    """A depth that would end the interpreter is a mistake like another."""
    content: dict[str, Any] = {}
    for _ in range(100_000):
        content = {"personas": content}
    with pytest.raises(InvalidError, match="nests too deep"):
        parse(content)


NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=9)
WORDS = st.lists(NAMES, min_size=1, max_size=4, unique=True).map(tuple)
ATTRIBUTE = st.sampled_from(sorted(ATTRIBUTES))


def _texts(name: str) -> list[str]:
    return [column for column, kind in CATALOGUE[name].columns.items() if kind == "string"]


def _condition(name: str) -> st.SearchStrategy[Own | OneOf | Through]:
    column = st.sampled_from(_texts(name))
    through = st.sampled_from(sorted(CATALOGUE)).flatmap(
        lambda other: st.builds(
            Through,
            column,
            st.just(other),
            st.sampled_from(_texts(other)),
            st.builds(Own, st.sampled_from(_texts(other)), ATTRIBUTE),
        )
    )
    return st.builds(Own, column, ATTRIBUTE) | st.builds(OneOf, column, WORDS) | through


@st.composite
def _grant(draw: st.DrawFn, name: str) -> TableGrant:
    columns = CATALOGUE[name].columns
    chosen = draw(st.none() | st.lists(st.sampled_from(sorted(columns)), min_size=1, unique=True).map(tuple))
    masked = draw(st.lists(st.sampled_from(chosen or tuple(columns)), unique=True))
    masks: dict[str, Mask] = {
        column: draw(st.sampled_from(("null", "redacted") if columns[column] == "string" else ("null",)))
        for column in masked
    }
    conditions = draw(st.lists(_condition(name), max_size=3, unique=True))
    every = EveryRow() if not conditions else conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))
    return TableGrant(rows=every, columns=chosen, masks=masks)


def _names(known: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(known))


GRANTED = ("product", "stock", "warehouse")
GRANTS = st.builds(
    Grants,
    agents=_names(AGENTS),
    tools=_names(TOOLS),
    tables=st.lists(st.sampled_from(GRANTED), unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: _grant(name) for name in names})
    ),
)
POLICIES = st.dictionaries(st.sampled_from(PERSONAS), GRANTS).map(Policy)


@given(POLICIES)
def test_a_policy_survives_its_document(policy: Policy) -> None:
    """Whatever is granted can be written down, sent as JSON, and read again: the same grants, the same digest."""
    read = parse(json.loads(json.dumps(write_policy(policy))))
    assert read == policy
    assert read.digest == policy.digest


@given(POLICIES, st.integers())
def test_the_digest_is_of_what_is_granted(policy: Policy, seed: int) -> None:
    """The order in which a document says it does not count; another grant does."""

    def shuffled(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict):
            return value
        names = list(value)
        random.Random(seed).shuffle(names)
        return {name: shuffled(value[name]) for name in names}

    assert parse(shuffled(write_policy(policy))).digest == policy.digest
    narrower = Policy({**policy.personas, "field_engineer": Grants(agents=frozenset(), tools=frozenset(), tables={})})
    assert (narrower.digest == policy.digest) == (narrower == policy)


def test_attributes_are_read_from_the_tables_that_nobody_is_granted(engine: DuckDbEngine) -> None:
    """What a condition may call `own` is what the server reads of a person, and from where."""
    found = TableAttributes(engine, clock=lambda: 0.0).attributes("wanda", deadline=Deadline.after(9))
    assert set(found) == set(ATTRIBUTES)
