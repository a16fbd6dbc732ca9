"""One accepted and one refused document of 58 leaves each, with the places of its three errors, against jsonschema.

Ours is what publishing and following check a document's form by; the peer has the JSON Schema that we publish of it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from agents.configuration.agent_config import AgentConfig, parse_agent_config
from agents.configuration.json_pointer import pointer
from agents.errors import InvalidError
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.configuration.documents import Content

NAME, TARGET = "validate", Target(ratio_at_most=1 / 40)
LEAVES: Final = 58

_GOOD: Final[dict[str, Any]] = {
    "title": "Inventory optimiser",
    "instructions": "You answer questions about stock. Take every figure from a tool." * 8,
    "model": "claude-sonnet-4-5",
    "fallbacks": ["claude-haiku-4-5", "nova-pro-us"],
    "tools": [f"tool_{number}" for number in range(8)],
    "limits": {
        "timeout_s": 20.0,
        "turns": 4,
        "parallel_tools": 8,
        "model_timeout_s": 5.0,
        "retries": 1,
        "tokens_per_turn": 20_000,
        "tokens_per_conversation": 400_000,
        "usd_per_turn": "0.05",
        "usd_per_conversation": "1.50",
    },
    "context": {"window_messages": 20, "window_tokens": 8_000, "summarise_after": 40, "retention_days": 30},
    "routing": {
        "keywords": [f"word {number}" for number in range(10)],
        "examples": [f"What is question {number}?" for number in range(5)],
        "intents": ["stock", "reorder", "late"],
        "otherwise": False,
        "threshold": 0.6,
    },
    "access": {"personas": ["warehouse_manager", "field_engineer"]},
    "parameters": {f"parameter_{number}": number for number in range(10)},
}
_BAD: Final = copy.deepcopy(_GOOD)
_BAD["limits"]["turns"] = 99
_BAD["tools"][3] = "Not a name"
_BAD["parameters"]["parameter_9"] = [9]
_PLACES: Final = ["/limits/turns", "/parameters/parameter_9", "/tools/3"]


def ours() -> Callable[[], object]:
    return lambda: (_ours(_GOOD), _ours(_BAD))


def peer() -> Callable[[], object]:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - a peer may be missing

    validator = Draft202012Validator(AgentConfig.model_json_schema(by_alias=True))

    def places(document: Content) -> list[str]:
        return sorted(pointer(error.absolute_path) for error in validator.iter_errors(document))

    return lambda: (places(_GOOD), places(_BAD))


def same() -> None:
    """Both accept the one, and name the same places of the other."""
    assert _leaves(_GOOD) == _leaves(_BAD) == LEAVES, (_leaves(_GOOD), _leaves(_BAD))
    assert ours()() == peer()() == ([], _PLACES)


def _ours(document: Content) -> list[str]:
    try:
        parse_agent_config(document)
    except InvalidError as error:
        return sorted(problem.pointer for problem in error.problems)
    return []


def _leaves(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 1 if inner is None else sum(map(_leaves, inner))
