"""The port to a language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from agents.deadline import Deadline
    from agents.json_value import Json
    from agents.runtime.results import ToolCall, ToolOutcome


@dataclass(frozen=True, kw_only=True)
class ToolOffer:
    """A tool as a model sees it: name, what it does, JSON Schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One entry of the conversation that the model reads; `outcomes` answer the `calls` of the turn before."""

    role: Literal["user", "assistant", "tool"]
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    outcomes: tuple[ToolOutcome, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """Everything a model is told. `dialect` is the SQL its statements are read in; `today` the data's date."""

    system: str
    turns: tuple[Turn, ...]
    tools: tuple[ToolOffer, ...]
    parameters: Mapping[str, str | int | float | bool]
    dialect: str
    today: date


@dataclass(frozen=True, kw_only=True)
class ModelReply:
    """Either text, which ends the turn, or calls to be made first."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


class Model(Protocol):
    """Raises UnavailableError when the model is away, DeadlineError when it is late."""

    @property
    def name(self) -> str: ...

    def converse(self, request: ModelRequest, *, deadline: Deadline) -> ModelReply: ...
