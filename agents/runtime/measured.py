"""What is measured around a turn and around a model."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.errors import QuartermasterError
from agents.telemetry.measures import timed
from agents.telemetry.metrics import (
    COST,
    INPUT_TOKENS,
    MODEL_CALLS,
    MODEL_FAILURES,
    MODEL_LATENCY,
    NONE,
    OUTPUT_TOKENS,
    TURN_ERRORS,
    TURN_LATENCY,
    TURN_REFUSALS,
    TURNS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.deadline import Deadline
    from agents.runtime.model import Model, ModelReply, ModelRequest
    from agents.telemetry.measures import Measures

_THE_PERSONS: Final = frozenset({"conflict", "forbidden", "invalid", "not_found", "unauthenticated"})


@dataclass
class MeasuredTurn:
    """A turn under way; `agent` is known once the question was routed."""

    agent: str = NONE


@contextmanager
def measured_turn(measures: Measures, persona: str | None) -> Iterator[MeasuredTurn]:
    """Counts and times a turn, however it ends, and tells a person's mistakes from failures of ours."""
    turn = MeasuredTurn()
    started = time.perf_counter()
    try:
        yield turn
    except QuartermasterError as error:
        measures.record(TURN_REFUSALS if error.code in _THE_PERSONS else TURN_ERRORS, code=error.code)
        raise
    except Exception:
        measures.record(TURN_ERRORS, code=QuartermasterError.code)
        raise
    finally:
        measures.record(TURNS, agent=turn.agent, persona=persona or NONE)
        measures.record(TURN_LATENCY, (time.perf_counter() - started) * 1000, agent=turn.agent)


def measure_reply(measures: Measures, reply: ModelReply, *, agent: str, model: str) -> None:
    """Counts what a reply used, also of a turn that fails later: it is paid for."""
    measures.record(INPUT_TOKENS, reply.input_tokens, agent=agent, model=model)
    measures.record(OUTPUT_TOKENS, reply.output_tokens, agent=agent, model=model)
    measures.record(COST, float(reply.cost_usd), agent=agent, model=model)


@dataclass(frozen=True)
class MeasuredModel:
    """A `Model` whose calls are counted and timed."""

    model: Model
    measures: Measures

    @property
    def name(self) -> str:
        return self.model.name

    def converse(self, request: ModelRequest, *, deadline: Deadline) -> ModelReply:
        try:
            with timed(self.measures, MODEL_CALLS, MODEL_LATENCY, model=self.name):
                return self.model.converse(request, deadline=deadline)
        except Exception:
            self.measures.record(MODEL_FAILURES, model=self.name)
            raise
