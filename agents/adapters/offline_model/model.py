"""A model without a network: deterministic, chooses tools by their descriptions, says only what they gave.

It is for a laptop and for tests; it is refused elsewhere, where people expect a language model.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from agents.adapters.offline_model.choose import choose
from agents.adapters.offline_model.compose import compose_answer
from agents.runtime.model import ModelReply

if TYPE_CHECKING:
    from agents.deadline import Deadline
    from agents.runtime.model import ModelRequest

_CHARS_A_TOKEN = 4  # the usual estimate for English; nothing is billed by it


class OfflineModel:
    """The `Model` port. The parameter `rows` says how many lines of a table an answer shows."""

    name: ClassVar[str] = "offline"

    def converse(self, request: ModelRequest, *, deadline: Deadline) -> ModelReply:
        deadline.check("the model")
        last = request.turns[-1]
        if last.role == "tool":
            rows = request.parameters.get("rows", 5)
            return _reply(request, compose_answer(last.outcomes, rows=rows if isinstance(rows, int) else 5))
        calls, missing = choose(last.text, request.tools, today=request.today)
        if calls:
            return ModelReply(calls=calls, input_tokens=_tokens(request), output_tokens=len(calls), cost_usd=Decimal(0))
        if "warehouse" in missing:
            return _reply(request, "Which warehouse do you mean? Name it like WH01.")
        known = " ".join(f"- {tool.description}" for tool in request.tools) or "- nothing: no tool is open to you."
        return _reply(request, f"I do not know how to answer that. I can help with: {known}")


def _reply(request: ModelRequest, text: str) -> ModelReply:
    return ModelReply(
        text=text,
        input_tokens=_tokens(request),
        output_tokens=max(1, len(text) // _CHARS_A_TOKEN),
        cost_usd=Decimal(0),
    )


def _tokens(request: ModelRequest) -> int:
    return (len(request.system) + sum(len(turn.text) for turn in request.turns)) // _CHARS_A_TOKEN
