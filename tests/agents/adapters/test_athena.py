"""What Athena says that the emulator cannot be made to say: each of its answers is given to a real client."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from agents.access.result_size import MAX_RESULT_BYTES
from agents.adapters.athena import AthenaEngine
from agents.deadline import Deadline
from agents.errors import DeadlineError, QuartermasterError, SetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = {"QueryExecutionId": "q1"}
WORDS = "line 1:8: Column 'secret' cannot be resolved: s3://lake/secret"


class Athena:
    """A client whose answers are written down beforehand, in order; any other request is an error."""

    def __init__(self) -> None:
        self.client = boto3.client("athena", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        self.answers = Stubber(self.client)
        self.answers.activate()

    def starts(self, *states: str) -> None:
        self.answers.add_response("start_query_execution", ID)
        for state in states:
            status = {"State": state, "StateChangeReason": WORDS}
            self.answers.add_response("get_query_execution", {"QueryExecution": {"Status": status}})

    def gives(self, rows: list[list[str | None]], types: list[str], more: str | None = None) -> None:
        data = [{"Data": [{"VarCharValue": cell} if cell is not None else {} for cell in row]} for row in rows]
        columns = [{"Name": f"c{n}", "Type": type_} for n, type_ in enumerate(types)]
        result: dict[str, Any] = {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": columns}}}
        self.answers.add_response("get_query_results", result | ({"NextToken": more} if more else {}))

    def engine(self) -> AthenaEngine:
        return AthenaEngine(self.client, database="d", workgroup="w", sleep=lambda _: None)


@pytest.fixture
def athena() -> Iterator[Athena]:
    """Every answer was asked for when a test ends."""
    athena = Athena()
    yield athena
    athena.answers.assert_no_pending_responses()
    athena.client.close()


def soon() -> Deadline:
    return Deadline(9.0, lambda: 0.0)


@pytest.mark.parametrize(
    ("type_", "text", "cell"),
    [
        ("tinyint", "-1", -1),
        ("integer", "7", 7),
        ("bigint", "9007199254740993", 9007199254740993),
        ("double", "0.1", 0.1),
        ("real", "1.0E-5", 1e-05),
        ("double", "NaN", None),
        ("double", "-Infinity", None),
        ("real", "Infinity", None),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("decimal", "1.50", "1.50"),
        ("decimal", "0.00", "0.00"),
        ("decimal", "12345678901234567890.12", "12345678901234567890.12"),
        ("date", "2026-06-30", "2026-06-30"),
        ("timestamp", "2026-06-30 12:34:56.789", "2026-06-30T12:34:56.789000"),
        ("timestamp", "2026-06-30 00:00:00.000", "2026-06-30T00:00:00"),
        ("timestamp with time zone", "2026-06-30 00:00:00.000 UTC", "2026-06-30 00:00:00.000 UTC"),
        ("varchar", "", ""),
        ("varchar", "NULL", "NULL"),
        ("char", "a ", "a "),
        ("varchar", "Zürich 🚚", "Zürich 🚚"),
        *((type_, None, None) for type_ in ("integer", "double", "boolean", "decimal", "timestamp", "varchar")),
    ],
)
def test_cells_are_of_jsons_types(athena: Athena, type_: str, text: str | None, cell: object) -> None:
    """As from every other engine."""
    athena.starts("SUCCEEDED")
    athena.gives([["c0"], [text]], [type_])
    rows = athena.engine().execute("s", max_rows=9, deadline=soon())
    assert rows.rows == ((cell,),)
    assert type(rows.rows[0][0]) is type(cell)


def test_a_row_that_reads_like_the_heading_is_a_row(athena: Athena) -> None:
    """Only the first row of the first page repeats the names."""
    athena.starts("QUEUED", "RUNNING", "SUCCEEDED")
    athena.gives([["c0"], ["c0"], ["1"]], ["varchar"], more="t1")
    athena.gives([["c0"], ["2"]], ["varchar"])
    rows = athena.engine().execute("s", max_rows=9, deadline=soon())
    assert (rows.rows, rows.truncated) == ((("c0",), ("1",), ("c0",), ("2",)), False)


def test_no_page_is_read_that_is_not_needed(athena: Athena) -> None:
    """Neither beyond the limit of rows nor beyond that of bytes, and both say that there is more."""
    athena.starts("SUCCEEDED")
    athena.gives([["c0"], ["1"], ["2"], ["3"]], ["integer"], more="t1")
    rows = athena.engine().execute("s", max_rows=2, deadline=soon())
    assert (rows.rows, rows.truncated) == (((1,), (2,)), True)
    athena.starts("SUCCEEDED")
    athena.gives([["c0"], ["x"], ["x" * MAX_RESULT_BYTES], ["x"]], ["varchar"], more="t1")
    rows = athena.engine().execute("s", max_rows=9, deadline=soon())
    assert (rows.rows, rows.truncated) == ((("x",),), True)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_why_a_query_failed_stays_with_athena(athena: Athena, state: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its words hold names, places and values; the log has the id by which they are found, and what the audit has."""
    athena.starts("RUNNING", state)
    with pytest.raises(UnavailableError) as error:
        athena.engine().execute("s", max_rows=9, deadline=soon())
    assert str(error.value) == "the query failed. Ask it in another way."
    assert "secret" not in caplog.text
    assert all(told in caplog.text for told in ("q1", state, f"sha256:{hashlib.sha256(b's').hexdigest()}"))


@pytest.mark.parametrize(
    ("operation", "about"),
    [("start_query_execution", f"sha256:{hashlib.sha256(b's').hexdigest()}"), ("get_query_results", "q1")],
)
def test_what_athena_refuses_is_logged_without_its_words(
    athena: Athena, operation: str, about: str, caplog: pytest.LogCaptureFixture
) -> None:
    """They repeat the statement; the error's name and what it was about are enough to look further."""
    if operation == "get_query_results":
        athena.starts("SUCCEEDED")
    athena.answers.add_client_error(operation, "InvalidRequestException", WORDS)
    with pytest.raises(UnavailableError):
        athena.engine().execute("s", max_rows=9, deadline=soon())
    assert "secret" not in caplog.text
    assert all(told in caplog.text for told in (operation, about, "InvalidRequestException"))


@pytest.mark.parametrize("operation", ["start_query_execution", "get_query_execution", "get_query_results"])
@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("InvalidRequestException", UnavailableError),
        ("TooManyRequestsException", UnavailableError),
        ("InternalServerException", UnavailableError),
        ("AccessDeniedException", SetupError),
    ],
)
def test_an_error_of_athena_is_ours_and_says_nothing_of_it(
    athena: Athena, operation: str, code: str, raised: type[QuartermasterError]
) -> None:
    """Whichever request it answers."""
    if operation != "start_query_execution":
        athena.starts(*(["SUCCEEDED"] if operation == "get_query_results" else []))
    athena.answers.add_client_error(operation, code, WORDS)
    if operation == "get_query_execution":
        athena.answers.add_response("stop_query_execution", {})
    with pytest.raises(raised) as error:
        athena.engine().execute("s", max_rows=9, deadline=soon())
    assert "secret" not in str(error.value)


def test_a_stop_that_fails_changes_nothing_for_who_asked(athena: Athena) -> None:
    """He was late, and is told that."""
    athena.starts("RUNNING")
    athena.answers.add_client_error("stop_query_execution", "InternalServerException", WORDS)
    now = iter([0.0, 10.0])
    with pytest.raises(DeadlineError) as error:
        athena.engine().execute("s", max_rows=9, deadline=Deadline(9.0, lambda: next(now)))
    assert str(error.value) == "the query took too long. Ask for less."


def test_a_result_that_comes_late_is_late(athena: Athena) -> None:
    """What has ended needs no stop."""
    athena.starts("SUCCEEDED")
    now = iter([0.0, 10.0])
    with pytest.raises(DeadlineError):
        athena.engine().execute("s", max_rows=9, deadline=Deadline(9.0, lambda: next(now)))
