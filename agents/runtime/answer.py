"""The answer to a question, with everything needed to check it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from agents.json_value import Json
    from agents.runtime.results import ToolOutcome


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a turn cost."""

    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`config_version` is the digest of the configuration that answered; `partial` when a tool gave no result."""

    answer: str
    agent: str
    persona: str
    tools: tuple[ToolOutcome, ...]
    partial: bool
    model: str
    fallback_from: str | None
    config_version: str
    conversation_id: str
    message_id: str
    usage: Usage

    def as_json(self) -> dict[str, Json]:
        """The fields in JSON's types."""
        return {
            "answer": self.answer,
            "agent": self.agent,
            "persona": self.persona,
            "tools": [outcome.as_json() for outcome in self.tools],
            "partial": self.partial,
            "model": self.model,
            "fallback_from": self.fallback_from,
            "config_version": self.config_version,
            "conversation_id": self.conversation_id,
            "message_id": self.message_id,
            "usage": {
                "input_tokens": self.usage.input_tokens,
                "output_tokens": self.usage.output_tokens,
                "cost_usd": str(self.usage.cost_usd),
            },
        }
