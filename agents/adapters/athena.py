"""The deployed engine: Athena over the lake, in one workgroup, which owns limits and result location."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from agents.access.ports import Rows
from agents.access.result_size import Room
from agents.adapters.aws import code, translate
from agents.errors import DeadlineError, QuartermasterError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.ports import Cell
    from agents.deadline import Deadline

log = logging.getLogger(__name__)

PAGE: Final = 1000  # the most that GetQueryResults gives
# What Athena keeps of former results knows nothing of our data's version: see agents/access/result_cache.py.
_NO_REUSE: Final = {"ResultReuseByAgeConfiguration": {"Enabled": False}}
_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_FIRST_LOOK_S: Final = 0.05
_LONGEST_LOOK_S: Final = 0.5


class AthenaEngine:
    """An `Engine`. A statement that nobody waits for any more is stopped, so that it costs no more.

    `version` tells which data lies in the lake. Limits, encryption and place of results are the workgroup's.
    """

    dialect: ClassVar[str] = "athena"

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 has no types
        *,
        database: str,
        workgroup: str,
        version: Callable[[], str | None] = lambda: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._database = database
        self._workgroup = workgroup
        self._version = version
        self._sleep = sleep

    def data_version(self) -> str | None:
        return self._version()

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        deadline.check("the query")
        query = self._call(
            "start_query_execution",
            QueryString=statement,
            QueryExecutionContext={"Database": self._database},
            WorkGroup=self._workgroup,
            ResultReuseConfiguration=_NO_REUSE,
        )["QueryExecutionId"]
        try:
            status = self._end(query, deadline)
        except BaseException:
            self._stop(query)
            raise
        if status["State"] != "SUCCEEDED":
            # Athena's words may hold values of rows and the statement's own; who may see them finds them by the id.
            log.warning("query %s of sha256:%s %s", query, _digest(statement), status["State"])
            raise UnavailableError("the query failed", fix="Ask it in another way.")
        return self._rows(query, max_rows, deadline)

    def _end(self, query: str, deadline: Deadline) -> dict[str, str]:
        """The status of the query when it has ended."""
        pause = _FIRST_LOOK_S
        while True:
            status: dict[str, str] = self._call("get_query_execution", QueryExecutionId=query)["QueryExecution"][
                "Status"
            ]
            if status["State"] in _ENDED:
                return status
            left = deadline.remaining_s()
            if left <= 0:
                raise DeadlineError("the query took too long", fix="Ask for less.")
            self._sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_LOOK_S)

    def _stop(self, query: str) -> None:
        """A stop that fails changes nothing for who asked."""
        try:
            self._call("stop_query_execution", QueryExecutionId=query)
        except QuartermasterError as error:
            log.warning("query %s may go on: %s", query, error)

    def _rows(self, query: str, max_rows: int, deadline: Deadline) -> Rows:
        """Reads pages to the first row that is one too many, or too large, which tells that the result was cut."""
        rows: list[tuple[Cell, ...]] = []
        room = Room()
        more: dict[str, str] = {}
        while True:
            deadline.check("the result")
            answer = self._call("get_query_results", QueryExecutionId=query, MaxResults=PAGE, **more)
            columns = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            names, types = tuple(column["Name"] for column in columns), [column["Type"] for column in columns]
            # The first row of a SELECT's first page repeats the column names.
            for raw in answer["ResultSet"]["Rows"][0 if more else 1 :]:
                row = tuple(
                    _cell(datum.get("VarCharValue"), type_) for datum, type_ in zip(raw["Data"], types, strict=True)
                )
                if len(rows) == max_rows or not room.takes(row):
                    return Rows(names, tuple(rows), truncated=True)
                rows.append(row)
            if not answer.get("NextToken"):
                return Rows(names, tuple(rows))
            more = {"NextToken": answer["NextToken"]}

    def _call(self, operation: str, **request: object) -> Any:  # noqa: ANN401 - boto3 has no types
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        try:
            return getattr(self._client, operation)(**request)
        except (BotoCoreError, ClientError) as error:
            if ours := translate(error, "the query engine"):
                raise ours from error
            # The statement was verified, so what is left is a defect of ours. The engine's words may repeat it.
            about = request.get("QueryExecutionId") or f"sha256:{_digest(str(request.get('QueryString')))}"
            log.error("athena refused %s of %s: %s %s", operation, about, type(error).__name__, code(error))  # noqa: TRY400 - its trace ends with its words
            raise UnavailableError("the query failed", fix="Ask it in another way.") from error


def _cell(text: str | None, type_: str) -> Cell:
    """Athena's text of a value in JSON's types; decimals and dates stay text, and what JSON cannot say is null."""
    if text is None:
        return None
    if type_ in {"tinyint", "smallint", "integer", "bigint"}:
        return int(text)
    if type_ in {"float", "real", "double"}:
        number = float(text)
        return number if math.isfinite(number) else None
    if type_ == "boolean":
        return text.lower() == "true"
    if type_ == "timestamp":
        return _iso(text)
    return text


def _iso(text: str) -> str:
    """`2026-06-30 00:00:00.000` as every other engine writes it; a form we do not know stays."""
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return text


def _digest(statement: str) -> str:
    return hashlib.sha256(statement.encode(errors="replace")).hexdigest()
