"""What every `Engine` promises."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from agents.access.result_size import MAX_RESULT_BYTES, row_bytes
from agents.adapters.athena import AthenaEngine
from agents.adapters.duckdb import DuckDbEngine
from agents.deadline import Deadline
from agents.errors import DeadlineError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.access.ports import Engine

LINES = 2_500
SLOW = (
    "SELECT count(*) FROM sales_order_line a CROSS JOIN sales_order_line b"
    " CROSS JOIN (SELECT * FROM sales_order_line LIMIT 100) c"
    " WHERE a.line_number + b.line_number > c.line_number * 1.5"
)


@pytest.fixture(params=["duckdb", pytest.param("athena", marks=pytest.mark.emulator)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "duckdb":
        local = DuckDbEngine(request.getfixturevalue("lake"))
        yield local
        local.close()
    else:
        client = request.getfixturevalue("athena")
        yield AthenaEngine(client, database="lake", workgroup="lake", version=lambda: "v1")


def soon() -> Deadline:
    return Deadline.after(20)


def test_every_type_comes_in_jsons_own(engine: Engine) -> None:
    """Whole numbers, floats and booleans as such; decimals with their scale, dates and times as ISO text; null."""
    rows = engine.execute(
        "SELECT p.name AS name, p.supplier AS supplier, p.unit_cost AS cost, h.order_date AS day, w.on_hand AS units,"
        " CAST(0.5 AS DOUBLE) AS half, w.on_hand > 5 AS enough, sum(w.on_hand) OVER () AS total,"
        " date_trunc('month', CAST(h.order_date AS TIMESTAMP)) AS month"
        " FROM product p CROSS JOIN sales_order_header h CROSS JOIN warehouse_product w WHERE w.warehouse_id = 'WH01'",
        max_rows=10,
        deadline=soon(),
    )
    assert rows.columns == ("name", "supplier", "cost", "day", "units", "half", "enough", "total", "month")
    assert rows.rows == (("Bolt", None, "1.50", "2026-06-29", 7, 0.5, True, 7, "2026-06-01T00:00:00"),)
    assert [type(cell) for cell in rows.rows[0]][4:8] == [int, float, bool, int]


def test_an_empty_result_has_its_columns(engine: Engine) -> None:
    """No rows is an answer, not an error."""
    rows = engine.execute("SELECT * FROM territory", max_rows=10, deadline=soon())
    assert (rows.columns, rows.rows, rows.truncated) == (("territory_id", "name"), (), False)


@pytest.mark.parametrize(("limit", "cut"), [(1, True), (1_000, True), (2_499, True), (2_500, False), (5_000, False)])
def test_a_result_is_read_to_the_limit_and_says_when_it_was_cut(engine: Engine, limit: int, cut: bool) -> None:  # noqa: FBT001 - a case of the table
    """Also where a limit falls between the pages of a result."""
    rows = engine.execute(
        "SELECT line_number FROM sales_order_line ORDER BY line_number", max_rows=limit, deadline=soon()
    )
    assert [row[0] for row in rows.rows] == list(range(min(limit, LINES)))
    assert rows.truncated is cut


def test_a_wide_result_is_read_to_the_byte_cap_and_says_so(engine: Engine) -> None:
    """Fewer rows than the limit may be more bytes than a reply can carry; what fits is as it was."""
    rows = engine.execute(
        "SELECT line_number, rpad('x', 2000, 'x') AS x FROM sales_order_line ORDER BY line_number",
        max_rows=5_000,
        deadline=soon(),
    )
    assert rows.truncated
    assert [row[0] for row in rows.rows] == list(range(MAX_RESULT_BYTES // row_bytes(rows.rows[0])))


def test_the_version_of_the_data_is_told(engine: Engine) -> None:
    """The same one as long as nothing changes: results are kept under it."""
    assert engine.data_version()
    assert engine.data_version() == engine.data_version()


def test_a_failing_statement_keeps_the_engines_words_inside(engine: Engine) -> None:
    """What the engine says of a mistake may hold names and data, so it stays in the log."""
    with pytest.raises(UnavailableError) as caught:
        engine.execute("SELECT secret_column FROM product", max_rows=1, deadline=soon())
    assert "secret_column" not in str(caught.value)


def test_no_time_left_starts_nothing(engine: Engine) -> None:
    """A statement that could not finish is not sent."""
    with pytest.raises(DeadlineError):
        engine.execute("SELECT 1 AS one", max_rows=1, deadline=Deadline.after(0))


def test_a_late_statement_is_given_up(engine: Engine) -> None:
    """The deadline holds while a statement runs."""
    started = time.monotonic()
    with pytest.raises(DeadlineError):
        engine.execute(SLOW, max_rows=1, deadline=Deadline.after(0.2))
    assert time.monotonic() - started < 1.5


@pytest.mark.emulator
def test_a_late_statement_is_stopped(athena: object) -> None:
    """Athena bills what it scans, so what nobody waits for is cancelled."""
    engine = AthenaEngine(athena, database="lake", workgroup="lake")
    with pytest.raises(DeadlineError):
        engine.execute(SLOW, max_rows=1, deadline=Deadline.after(0.2))
    queries = athena.list_query_executions(WorkGroup="lake")["QueryExecutionIds"]  # type: ignore[attr-defined]  # untyped
    states = [
        athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]  # type: ignore[attr-defined]  # untyped
        for query in queries
    ]
    assert "CANCELLED" in states


@pytest.fixture
def told(athena: Any) -> Iterator[list[tuple[str, dict[str, Any]]]]:  # noqa: ANN401 - boto3 has no types
    """What is asked of Athena: operation and parameters."""
    requests: list[tuple[str, dict[str, Any]]] = []

    def note(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        requests.append((model.name, params))

    athena.meta.events.register("provide-client-params.athena.*", note)
    yield requests
    athena.meta.events.unregister("provide-client-params.athena.*", note)


@pytest.mark.emulator
def test_a_statement_is_run_as_the_workgroup_says(athena: Any, told: list[tuple[str, dict[str, Any]]]) -> None:  # noqa: ANN401 - boto3 has no types
    """Its limits, its place for results, its encryption; and no result of an earlier day."""
    engine = AthenaEngine(athena, database="lake", workgroup="lake")
    engine.execute("SELECT 1 AS one", max_rows=1, deadline=soon())
    assert told[0][1].pop("ClientRequestToken"), "one that is sent again starts nothing anew"
    assert told[0] == (
        "StartQueryExecution",
        {
            "QueryString": "SELECT 1 AS one",
            "QueryExecutionContext": {"Database": "lake"},
            "WorkGroup": "lake",
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        },
    )
    assert "StopQueryExecution" not in [operation for operation, _ in told]
    assert engine.data_version() is None, "unless it is told which data lies there"


@pytest.mark.emulator
def test_a_statement_that_is_given_up_for_any_reason_is_stopped(
    athena: Any,  # noqa: ANN401 - boto3 has no types
    told: list[tuple[str, dict[str, Any]]],
) -> None:
    """Also when it is the one who waits that ends; and a stop that fails changes no error."""

    class EndedError(BaseException):
        pass

    def ended(_: float) -> None:
        raise EndedError

    with pytest.raises(EndedError):
        AthenaEngine(athena, database="lake", workgroup="lake", sleep=ended).execute(SLOW, max_rows=1, deadline=soon())
    assert told[-1][0] == "StopQueryExecution"


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        ("order_month = '2026-05'", 1_000),
        ("order_month >= '2026-06'", 1_500),
        ("order_month BETWEEN '2026-01' AND '2026-12'", 2_500),
        ("order_month = '2026-5'", 0),
    ],
)
def test_a_month_is_text_and_chooses_its_files(engine: Engine, condition: str, lines: int) -> None:
    """The month comes from a file's path and is the same text everywhere; each row is in one month."""
    rows = engine.execute(
        f"SELECT count(*) AS n, min(order_month) AS first FROM sales_order_line WHERE {condition}",
        max_rows=1,
        deadline=soon(),
    )
    assert rows.rows[0][0] == lines
    assert rows.rows[0][1] in {"2026-05", "2026-06", None}


def test_a_table_that_lies_by_month_may_be_empty(engine: Engine) -> None:
    """Its columns are there, the month as the last."""
    rows = engine.execute("SELECT * FROM purchase_order_line", max_rows=1, deadline=soon())
    assert (rows.columns[-2:], rows.rows) == (("unit_cost", "order_month"), ())
