"""Runs the calls of one turn in parallel, within one deadline; a late tool is a typed result, not a hang."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.deadline import Deadline
from agents.errors import (
    DeadlineError,
    ForbiddenError,
    InvalidError,
    Problem,
    QuartermasterError,
)
from agents.runtime.results import ToolOutcome
from agents.runtime.tools import UserData

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from agents.access.ports import Gateway
    from agents.access.principal import Caller
    from agents.runtime.results import Status, ToolCall, ToolResult
    from agents.runtime.tools import Tool

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Runs tools for one caller. `tools` are those that the caller and the agent share; any other call is denied."""

    tools: Mapping[str, Tool]
    gateway: Gateway
    today: date
    parallel: int

    def run(self, calls: Sequence[ToolCall], caller: Caller, *, deadline: Deadline) -> tuple[ToolOutcome, ...]:
        """An outcome for each call, in order. Never raises for what a tool does."""
        if len(calls) == 1:  # the common turn needs no pool: the gateway itself keeps the deadline
            return (self._one(calls[0], caller, deadline),)
        pool = ThreadPoolExecutor(max_workers=max(1, min(self.parallel, len(calls))))
        try:
            futures = [pool.submit(self._one, call, caller, deadline) for call in calls]
            outcomes = []
            for call, future in zip(calls, futures, strict=True):
                try:
                    outcomes.append(future.result(timeout=deadline.remaining_s()))
                except TimeoutError:
                    outcomes.append(_late(call))
            return tuple(outcomes)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, call: ToolCall, caller: Caller, deadline: Deadline) -> ToolOutcome:
        started = time.perf_counter()
        result: ToolResult | None = None
        problem: Problem | None = None
        status: Status = "ok"
        try:
            result = self._call(call, caller, deadline)
        except QuartermasterError as error:
            status = _status(error)
            problem = Problem(code=error.code, message=error.message, fix=error.fix)
        except Exception:
            # A tool is somebody's plugin: whatever it raises must not end the turn, nor be shown.
            log.exception("tool failed", extra={"tool": call.name})
            status, problem = "failed", Problem(code="internal", message=f"{call.name} failed")
        elapsed_ms = (time.perf_counter() - started) * 1000
        return ToolOutcome(call=call, status=status, elapsed_ms=elapsed_ms, result=result, problem=problem)

    def _call(self, call: ToolCall, caller: Caller, deadline: Deadline) -> ToolResult:
        tool = self.tools.get(call.name)
        if tool is None:
            raise ForbiddenError(f"the tool {call.name[:64]!r} is not granted here")
        if tool.effect != "read":
            raise ForbiddenError(f"{tool.name} writes, which needs an approval that is not built yet")
        arguments = tool.parse(call.arguments)
        own = Deadline(min(deadline.at_s, deadline.clock() + tool.timeout_s), deadline.clock)
        own.check(tool.name)
        return tool.run(arguments, data=UserData(self.gateway, caller, own), today=self.today)


def _status(error: QuartermasterError) -> Status:
    if isinstance(error, DeadlineError):
        return "timeout"
    if isinstance(error, ForbiddenError):
        return "denied"
    return "skipped" if isinstance(error, InvalidError) else "failed"


def _late(call: ToolCall) -> ToolOutcome:
    problem = Problem(code="deadline", message=f"{call.name} was not ready in time")
    return ToolOutcome(call=call, status="timeout", elapsed_ms=0.0, problem=problem)
