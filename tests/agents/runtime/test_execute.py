"""Tools of one turn run side by side within one deadline."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING

import pytest

from agents.deadline import Deadline
from agents.errors import DeadlineError, ForbiddenError, InvalidError, UnavailableError
from agents.runtime.execute import Executor
from agents.runtime.results import ToolCall, ToolResult
from agents.runtime.tool_runner import LocalTools
from agents.runtime.tools import Data, tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.access.gateway import SqlGateway
    from agents.access.principal import Caller

TODAY = date(2026, 6, 30)
ERRORS = {error.code: error for error in (DeadlineError, ForbiddenError, InvalidError, UnavailableError)}


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

        @tool(effect="read", personas={"warehouse_manager"}, timeout_s=0.05)
        def slow_query(n: int, *, data: Data, today: date) -> ToolResult:
            return result(int(data.query("SELECT COUNT(*) FROM product a, product b, product c, product d").rows[0][0]))

        self.tools = {one.name: one for one in (meet, hang, fail, quick, slow_query)}


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.release.set()


@pytest.fixture
def executor(stage: Stage, gateway: SqlGateway) -> Executor:
    return Executor(tools=stage.tools, runner=LocalTools(gateway=gateway, today=lambda: TODAY), parallel=4)


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
