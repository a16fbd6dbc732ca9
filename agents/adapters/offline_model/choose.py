"""Which tools a question asks for, and with which arguments: read from the tools' own descriptions and schemas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agents.adapters.offline_model.sql import compose
from agents.adapters.offline_model.words import DAYS, stems
from agents.runtime.results import ToolCall

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from agents.json_value import Json
    from agents.runtime.model import ToolOffer

_MIN_SCORE: Final = 2  # one word in common is chance


def choose(question: str, tools: tuple[ToolOffer, ...], *, today: date) -> tuple[tuple[ToolCall, ...], tuple[str, ...]]:
    """The calls that the question's sentences ask for, and what is missing to make them (`warehouse`)."""
    calls: list[ToolCall] = []
    missing: list[str] = []
    for sentence in filter(None, map(str.strip, re.split(r"[?.;!]", question))):
        tool = _best(sentence, tools)
        if tool is None:
            continue
        arguments, lacking = _arguments(sentence, question, tool.schema, today)
        call = ToolCall(name=tool.name, arguments=arguments)
        if lacking:
            missing += lacking
        elif call not in calls:
            calls.append(call)
    return tuple(calls), tuple(missing)


def _best(sentence: str, tools: tuple[ToolOffer, ...]) -> ToolOffer | None:
    """The tool whose description shares most words with the sentence; one that takes SQL when none does."""
    asked = stems(sentence)
    scored = [(len(asked & stems(f"{tool.name.replace('_', ' ')} {tool.description}")), tool) for tool in tools]
    score, best = max(scored, key=lambda entry: entry[0], default=(0, None))
    if best is not None and (score >= _MIN_SCORE or len(tools) == 1):
        return best
    return next((tool for tool in tools if _sql_property(tool.schema)), None)


def _arguments(
    sentence: str, question: str, schema: Mapping[str, Json], today: date
) -> tuple[dict[str, Json], list[str]]:
    found: dict[str, Json] = {}
    properties = schema.get("properties")
    required = schema.get("required")
    for name, shape in (properties if isinstance(properties, dict) else {}).items():
        if isinstance(shape, dict):
            # What a sentence leaves out, an earlier one may have said: "Which ... in WH01? And which ...?"
            value = _value(name, shape, sentence, today)
            value = _value(name, shape, question, today) if value is None else value
            if value is not None:
                found[name] = value
    lacking = [str(name) for name in (required if isinstance(required, list) else []) if name not in found]
    return found, lacking


def _value(name: str, shape: Mapping[str, Json], text: str, today: date) -> Json:
    if shape.get("format") == "sql":
        return compose(text, today=today)
    if shape.get("type") == "integer" and name.endswith("_days"):
        spoken = re.search(r"(\d{1,4})\s*(day|week|month|quarter|year)s?\b", text.lower())
        return int(spoken[1]) * DAYS[spoken[2]] if spoken else None
    pattern = shape.get("pattern")
    if isinstance(pattern, str):
        inner = pattern.removeprefix("^").removesuffix("$")
        match = re.search(rf"\b{inner}\b", text.upper())
        return match[0] if match else None
    return None


def _sql_property(schema: Mapping[str, Json]) -> bool:
    properties = schema.get("properties")
    shapes = properties.values() if isinstance(properties, dict) else ()
    return any(isinstance(shape, dict) and shape.get("format") == "sql" for shape in shapes)
