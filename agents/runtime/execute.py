"""Runs the calls of one turn in parallel, within one deadline; a late tool is a typed result, not a hang."""

from __future__ import annotations

import contextvars
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.access.audit import settle
from agents.access.decisions import Decision
from agents.access.roles import Action
from agents.deadline import Deadline
from agents.errors import (
    DeadlineError,
    ForbiddenError,
    InvalidError,
    Problem,
    QuartermasterError,
)
from agents.runtime.results import ToolOutcome
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import TOOL_CALLS, TOOL_FAILURES, TOOL_LATENCY, TOOL_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.access.decisions import Decisions
    from agents.access.principal import Caller, Principal
    from agents.runtime.results import Status, ToolCall, ToolResult
    from agents.runtime.tool_runner import ToolRunner
    from agents.runtime.tools import Tool
    from agents.telemetry.measures import Measures

log = logging.getLogger(__name__)

_COUNTED = {
    "failed": TOOL_FAILURES,
    "timeout": TOOL_FAILURES,
    "denied": TOOL_REFUSALS,
    "skipped": TOOL_REFUSALS,
}
_UNKNOWN = "unknown"  # a model may call anything, and its words name no series
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Denial(Problem):
    """A problem that tells the model why, in a word: `not_granted`, or `refused` by the tool or by what it asked."""

    reason: str = ""

    def as_json(self) -> dict[str, str]:
        return {**super().as_json(), "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Runs tools for one caller. `tools` are those that the caller and the agent share; any other call is denied.

    A tool that is not granted and one that does not exist read the same, so that asking tells nothing. `policy` is the
    digest of the one that grants them, for the record.
    """

    tools: Mapping[str, Tool]
    runner: ToolRunner
    parallel: int
    decisions: Decisions
    policy: str = ""
    measures: Measures = UNMEASURED

    def run(self, calls: Sequence[ToolCall], caller: Caller, *, deadline: Deadline) -> tuple[ToolOutcome, ...]:
        """An outcome for each call, in order. Never raises for what a tool does.

        Raises UnavailableError when a decision cannot be written down: then no call is made. What the calls themselves
        decided is durable before their outcomes are handed on, to a model or whomever.
        """
        for call in calls:
            allowed = call.name in self.tools
            self.decisions.record(decision_on_tool(caller.principal, call.name, allowed=allowed, policy=self.policy))
        if len(calls) == 1:  # the common turn needs no pool: the gateway itself keeps the deadline
            outcomes = [self._one(calls[0], caller, deadline)]
        else:
            outcomes = self._together(calls, caller, deadline)
        settle()
        for outcome in outcomes:
            self._measure(outcome)
        return tuple(outcomes)

    def _together(self, calls: Sequence[ToolCall], caller: Caller, deadline: Deadline) -> list[ToolOutcome]:
        started = time.perf_counter()
        pool = ThreadPoolExecutor(max_workers=max(1, min(self.parallel, len(calls))))
        try:
            # A copy of the context each: what a tool's queries decide belongs to this request.
            futures = [pool.submit(contextvars.copy_context().run, self._one, call, caller, deadline) for call in calls]
            outcomes = []
            for call, future in zip(calls, futures, strict=True):
                try:
                    outcomes.append(future.result(timeout=deadline.remaining_s()))
                except TimeoutError:
                    outcomes.append(_late(call, started))
            return outcomes
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _measure(self, outcome: ToolOutcome) -> None:
        tool = outcome.call.name if outcome.call.name in self.tools else _UNKNOWN
        self.measures.record(TOOL_CALLS, tool=tool)
        self.measures.record(TOOL_LATENCY, outcome.elapsed_ms, tool=tool)
        if outcome.status in _COUNTED:
            self.measures.record(_COUNTED[outcome.status], tool=tool)

    def _one(self, call: ToolCall, caller: Caller, deadline: Deadline) -> ToolOutcome:
        started = time.perf_counter()
        result: ToolResult | None = None
        problem: Problem | None = None
        status: Status = "ok"
        try:
            result = self._call(call, caller, deadline)
        except QuartermasterError as error:
            status = _status(error)
            problem = _problem(error, granted=call.name in self.tools)
        except Exception:
            # A tool is somebody's plugin: whatever it raises must not end the turn, nor be shown.
            log.exception("tool failed", extra={"tool": call.name})
            status, problem = "failed", Problem(code="internal", message=f"{call.name} failed")
        elapsed_ms = (time.perf_counter() - started) * 1000
        return ToolOutcome(call=call, status=status, elapsed_ms=elapsed_ms, result=result, problem=problem)

    def _call(self, call: ToolCall, caller: Caller, deadline: Deadline) -> ToolResult:
        tool = self.tools.get(call.name)
        if tool is None:
            raise not_granted(call.name)
        own = Deadline(min(deadline.at_s, deadline.clock() + tool.timeout_s), deadline.clock)
        own.check(tool.name)
        return self.runner.run(tool, call.arguments, caller, deadline=own)


def decision_on_tool(who: Principal, name: str, *, allowed: bool, policy: str) -> Decision:
    """What is written down of a call, granted or not."""
    return decision_on(who, Action.RUN_TOOL, "tool", name, allowed=allowed, policy=policy)


def decision_on(who: Principal, action: Action, kind: str, name: str, *, allowed: bool, policy: str) -> Decision:  # noqa: PLR0913 - what a decision is made of
    """What is written down of a persona's wish, with the digest of the policy that decided.

    A name that none could have may be what a person wrote, and stays out: `tool/?`.
    """
    return Decision.of(
        who,
        action,
        f"{kind}/{name if _NAME.fullmatch(name) else '?'}",
        allowed=allowed,
        rule=f"persona {who.persona}" if allowed else "default deny",
        detail={"policy": policy} if policy else None,
    )


def not_granted(name: str) -> ForbiddenError:
    """The error of a tool that is not granted, or that there is not."""
    return ForbiddenError(f"the tool {name[:64]!r} is not granted here")


def _problem(error: QuartermasterError, *, granted: bool) -> Problem:
    if isinstance(error, ForbiddenError):
        reason = "refused" if granted else "not_granted"
        return Denial(code=error.code, message=error.message, fix=error.fix, reason=reason)
    return Problem(code=error.code, message=error.message, fix=error.fix)


def _status(error: QuartermasterError) -> Status:
    if isinstance(error, DeadlineError):
        return "timeout"
    if isinstance(error, ForbiddenError):
        return "denied"
    return "skipped" if isinstance(error, InvalidError) else "failed"


def _late(call: ToolCall, started: float) -> ToolOutcome:
    elapsed_ms = (time.perf_counter() - started) * 1000
    problem = Problem(code="deadline", message=f"{call.name} was not ready in time")
    return ToolOutcome(call=call, status="timeout", elapsed_ms=elapsed_ms, problem=problem)
