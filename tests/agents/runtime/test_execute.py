"""Tools of one turn run side by side within one deadline."""

from __future__ import annotations

import contextvars
import dataclasses
import json
import threading
from datetime import date
from typing import TYPE_CHECKING

import pytest

from agents.access.ports import Rows
from agents.deadline import Deadline
from agents.errors import DeadlineError, ForbiddenError, InvalidError, UnavailableError
from agents.runtime.execute import Executor
from agents.runtime.results import ToolCall, ToolOutcome, ToolResult
from agents.runtime.tool_runner import LocalTools
from agents.runtime.tools import Data, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from agents.access.decisions import Decision
    from agents.access.gateway import SqlGateway
    from agents.access.principal import Caller

    class Remembered(Protocol):
        """`Decisions` that stay in memory."""

        decisions: list[Decision]

        def record(self, decision: Decision) -> None: ...


TODAY = date(2026, 6, 30)
ERRORS = {error.code: error for error in (DeadlineError, ForbiddenError, InvalidError, UnavailableError)}


IN_CONTEXT: contextvars.ContextVar[str] = contextvars.ContextVar("in_context", default="outside")


def result(value: int) -> ToolResult:
    return ToolResult(value=value, units="x", method="x", parameters={}, inputs_digest="", as_of=TODAY)


class Stage:
    """Tools that wait for each other or for the test, never for a clock."""

    def __init__(self) -> None:
        self.together = threading.Barrier(4)
        self.release = threading.Event()
        self.running = self.most = 0
        self._lock = threading.Lock()

        @tool(effect="read", personas={"warehouse_manager"}, timeout_s=5)
        def meet(n: int, *, data: Data, today: date) -> ToolResult:
            self.together.wait(10)
            return result(n)

        @tool(effect="read", personas={"warehouse_manager"}, timeout_s=5)
        def hang(n: int, *, data: Data, today: date) -> ToolResult:
            with self._lock:
                self.running += 1
                self.most = max(self.most, self.running)
                if self.running == 4:
                    self.release.set()
            self.release.wait(10)
            with self._lock:
                self.running -= 1
            return result(n)

        @tool(effect="read", personas={"warehouse_manager"}, timeout_s=5)
        def fail(code: str, *, data: Data, today: date) -> ToolResult:
            raise ERRORS[code]("it said so", fix="mend it")

        @tool(effect="read", personas={"warehouse_manager"}, timeout_s=5)
        def quick(n: int, *, data: Data, today: date) -> ToolResult:
            return result(n)

        @tool(effect="read", personas={"warehouse_manager"}, timeout_s=5)
        def where(*, data: Data, today: date) -> ToolResult:
            return dataclasses.replace(result(0), units=IN_CONTEXT.get())

        @tool(effect="read", personas={"warehouse_manager"}, timeout_s=0.05)
        def slow_query(n: int, *, data: Data, today: date) -> ToolResult:
            return result(int(data.query("SELECT COUNT(*) FROM product a, product b, product c, product d").rows[0][0]))

        self.tools = {one.name: one for one in (meet, hang, fail, quick, where, slow_query)}


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.release.set()


@pytest.fixture
def executor(stage: Stage, gateway: SqlGateway, decisions: Remembered) -> Executor:
    runner = LocalTools(gateway=gateway, today=lambda: TODAY)
    return Executor(tools=stage.tools, runner=runner, parallel=4, decisions=decisions)


@pytest.fixture
def manager(callers: dict[str, Caller]) -> Caller:
    return callers["warehouse_manager"]


def calls(name: str, count: int) -> list[ToolCall]:
    return [ToolCall(name=name, arguments={"n": n}) for n in range(count)]


def test_calls_of_one_turn_run_at_once(executor: Executor, manager: Caller) -> None:
    """Four tools that wait for each other all finish, and their outcomes come in the order of the calls."""
    outcomes = executor.run(calls("meet", 4), manager, deadline=Deadline.after(20))
    assert [outcome.result.value for outcome in outcomes] == [0, 1, 2, 3]


def test_no_more_than_the_limit_run_at_once(executor: Executor, stage: Stage, manager: Caller) -> None:
    """Thirty calls with a limit of four never run more than four at a time, and all are answered."""
    outcomes = executor.run(calls("hang", 30), manager, deadline=Deadline.after(20))
    assert [outcome.result.value for outcome in outcomes] == list(range(30))
    assert stage.most <= 4


def test_a_late_tool_does_not_hold_up_the_turn(executor: Executor, manager: Caller) -> None:
    """When the deadline passes, what is ready counts and the rest is a timeout of its own."""
    pair = [*calls("quick", 1), *calls("hang", 1)]
    outcomes = executor.run(pair, manager, deadline=Deadline.after(0.1))
    assert [outcome.status for outcome in outcomes] == ["ok", "timeout"]
    assert outcomes[1].problem.code == "deadline"


def test_a_tools_own_timeout_ends_its_query(executor: Executor, manager: Caller) -> None:
    """A query longer than its tool may take is interrupted, although the turn has time left."""
    deadline = Deadline.after(30)
    (outcome,) = executor.run(calls("slow_query", 1), manager, deadline=deadline)
    assert (outcome.status, outcome.problem.code) == ("timeout", "deadline")
    assert deadline.remaining_s() > 20


@pytest.mark.parametrize(
    ("code", "status"),
    [("deadline", "timeout"), ("forbidden", "denied"), ("invalid", "skipped"), ("unavailable", "failed")],
)
def test_a_tools_error_is_its_outcome(executor: Executor, manager: Caller, code: str, status: str) -> None:
    """Errors of ours keep their code, message and fix, and name the outcome."""
    (outcome,) = executor.run([ToolCall(name="fail", arguments={"code": code})], manager, deadline=Deadline.after(5))
    assert outcome.status == status
    assert (outcome.problem.code, outcome.problem.message, outcome.problem.fix) == (code, "it said so", "mend it")
    assert outcome.elapsed_ms >= 0


def test_nothing_starts_after_the_deadline(executor: Executor, stage: Stage, manager: Caller) -> None:
    """A call that begins too late is a timeout and never runs."""
    (outcome,) = executor.run(calls("hang", 1), manager, deadline=Deadline(0.0, lambda: 1.0))
    assert (outcome.status, stage.most) == ("timeout", 0)


def test_no_calls_give_no_outcomes(executor: Executor, manager: Caller) -> None:
    """An empty turn is done at once."""
    assert executor.run([], manager, deadline=Deadline.after(1)) == ()


def test_each_call_is_written_down_before_any_is_made(
    executor: Executor, decisions: Remembered, manager: Caller
) -> None:
    """Granted or not, with the person, the tool and the rule; a name that no tool could have stays out."""
    names = ["quick", "no_such_tool", "tell me a secret", "x" * 10_000]
    executor.run([ToolCall(name=name, arguments={"n": 1}) for name in names], manager, deadline=Deadline.after(9))
    assert [(one.resource, one.allowed, one.rule) for one in decisions.decisions] == [
        ("tool/quick", True, "persona warehouse_manager"),
        ("tool/no_such_tool", False, "default deny"),
        ("tool/?", False, "default deny"),
        ("tool/?", False, "default deny"),
    ]
    assert {(one.action, one.subject, one.persona) for one in decisions.decisions} == {
        ("ask:tool", "wanda", "warehouse_manager")
    }


@pytest.mark.parametrize("count", [1, 3])
def test_what_cannot_be_written_down_is_not_done(executor: Executor, stage: Stage, manager: Caller, count: int) -> None:
    """The turn ends: a tool that ran without a trace would be worse than no answer."""

    class Away:
        def record(self, decision: Decision) -> None:
            raise UnavailableError("the audit is away")

    with pytest.raises(UnavailableError):
        dataclasses.replace(executor, decisions=Away()).run(calls("hang", count), manager, deadline=Deadline.after(9))
    assert stage.most == 0


def test_a_denial_has_its_reason_in_a_word(executor: Executor, manager: Caller) -> None:
    """For the model to read: not granted, or refused by the tool itself. What is only wrong has no such word."""
    asked = [
        ToolCall(name="no_such_tool", arguments={}),
        ToolCall(name="fail", arguments={"code": "forbidden"}),
        ToolCall(name="fail", arguments={"code": "invalid"}),
    ]
    told = [outcome.as_json()["problem"] for outcome in executor.run(asked, manager, deadline=Deadline.after(9))]
    assert [problem.get("reason") for problem in told] == ["not_granted", "refused", None]


def test_a_denial_tells_the_asker_no_more_than_a_word(executor: Executor, manager: Caller) -> None:
    """The model reads what was wrong and how to mend it, which may name columns; the answer has code and reason."""
    asked = [ToolCall(name="fail", arguments={"code": "forbidden"}), ToolCall(name="no_such_tool", arguments={})]
    refused, unknown = executor.run(asked, manager, deadline=Deadline.after(9))
    assert (refused.problem.message, refused.problem.fix) == ("it said so", "mend it")
    told = {"code": "forbidden", "reason": "refused", "message": "this call was not allowed"}
    assert refused.as_json()["problem"] == told
    assert unknown.as_json()["problem"] == {**told, "reason": "not_granted"}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_cannot_say_is_null(number: float) -> None:
    """Wherever it stands: JSON has no word for it, and readers that are strict refuse the whole answer."""
    odd = dataclasses.replace(
        result(0),
        value=number,
        parameters={"a": number, "b": 0.5},
        quality={"c": number},
        table=Rows(columns=("x", "y"), rows=((number, 1.5), ("NaN", None)), truncated=False),
    )
    outcome = ToolOutcome(
        call=ToolCall(name="quick", arguments={"n": [number]}), status="ok", elapsed_ms=1.0, result=odd
    )
    told = json.loads(json.dumps(outcome.as_json(), allow_nan=False))
    found = told["result"]
    assert (told["arguments"], found["value"], found["parameters"], found["quality"]) == (
        {"n": [None]}, None, {"a": None, "b": 0.5}, {"c": None},
    )  # fmt: skip
    assert found["table"]["rows"] == [[None, 1.5], ["NaN", None]]


@pytest.mark.parametrize("count", [1, 3])
def test_tools_run_in_the_context_of_their_request(executor: Executor, manager: Caller, count: int) -> None:
    """What they decide belongs to it, whichever thread they run in; what they set stays with them."""
    token = IN_CONTEXT.set("inside")
    try:
        asked = [ToolCall(name="where", arguments={})] * count
        outcomes = executor.run(asked, manager, deadline=Deadline.after(9))
    finally:
        IN_CONTEXT.reset(token)
    assert [outcome.result.units for outcome in outcomes] == ["inside"] * count
