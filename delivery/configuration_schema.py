"""The JSON Schema of a stack file, for editors: it knows every key, and not what keys say against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from components.schema import schema_of
from components.sections import SECTIONS
from components.settings import NAMESPACE, layers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema: TypeAlias = "dict[str, object]"

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS: Final = "$defs"


def stack_schema() -> Schema:
    """The schema of `Pulumi.<stack>.yaml`; keys of the engine and of providers are not ours to describe."""
    sections: dict[str, object] = {}
    definitions: dict[str, object] = {}
    required: list[str] = []
    said = layers_of("dev", {}, "")[0].tree  # what a file may leave out, as every stack has it
    for name, model in SECTIONS.items():
        schema = _plain(schema_of(model))
        found = schema.pop(_DEFINITIONS, {})
        definitions |= found if isinstance(found, dict) else {}
        needed = _needed(schema, said.get(name))
        if needed:
            required.append(f"{NAMESPACE}{name}")
        sections[f"{NAMESPACE}{name}"] = {**schema, "required": needed}
    config = {
        "type": "object",
        "properties": sections,
        "required": required,
        "patternProperties": {f"^(?!{NAMESPACE})": {}},
        "additionalProperties": False,
    }
    return {
        "$schema": _DIALECT,
        "title": "Stack file of Quartermaster",
        "type": "object",
        "properties": {"config": config},
        "required": ["config"],
        _DEFINITIONS: definitions,
    }


def _needed(schema: Schema, said: object) -> list[str]:
    asked = schema.get("required")
    given = said if isinstance(said, dict) else {}
    return [key for key in asked if key not in given] if isinstance(asked, list) else []


def _plain(node: Mapping[str, object]) -> Schema:
    """Without the titles that pydantic makes of names, and closed to keys that no pattern fits."""
    closed = {"additionalProperties": False} if "patternProperties" in node else {}
    return closed | {
        key: _without(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))
    }


def _without(value: object) -> object:
    if isinstance(value, dict):
        return _plain(value)
    return [_without(one) for one in value] if isinstance(value, list) else value
