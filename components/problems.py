"""What is wrong with a stack file, in sentences: file, key, what was found, what to write instead."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

Node: TypeAlias = "Mapping[str, object]"  # of a JSON Schema
_KEY = "[key]"  # pydantic's last step to a key that is wrong itself


@dataclass(frozen=True)
class Problem:
    file: str
    key: str  # below the namespace: resources.lambda.memory_mb
    message: str

    def __str__(self) -> str:
        return f"{self.file} quartermaster:{self.key}: {self.message}"


class SettingsError(Exception):
    """A stack's settings are wrong; `problems` holds every one of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(key: str, known: Iterable[str]) -> str:
    """Advice for an unknown key: the one that was probably meant, or all there are."""
    names = sorted(known)
    close = difflib.get_close_matches(key, names, n=1)
    return f"did you mean {close[0]}?" if close else f"write one of {_any_of(names)}"


def explain(error: ValidationError, model: type[BaseModel], file: str, section: str) -> list[Problem]:
    """One problem for each mistake that pydantic found in a section."""
    schema = model.model_json_schema(by_alias=True)
    return [
        Problem(file, ".".join((section, *_steps(detail))), _message(detail, schema))
        for detail in error.errors(include_url=False)
    ]


def _steps(detail: ErrorDetails) -> list[str]:
    return [str(step) for step in detail["loc"] if step != _KEY]


def _message(detail: ErrorDetails, schema: Node) -> str:
    *above, last = detail["loc"] or ("",)
    node = _node(schema, detail["loc"])
    value = _shown(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            keys = _node(schema, above).get("properties")
            return f"is not a setting; {nearest(str(last), keys if isinstance(keys, dict) else ())}"
        case "missing":
            return f"is missing; write {_valid(node)}"
        case "greater_than_equal":
            return f"{value} is too small; write {_valid(node)}"
        case "less_than_equal":
            return f"{value} is too large; write {_valid(node)}"
        case "string_type":
            return f"{value} is not text; put it in quotes ({_valid(node)})"
    return f"{value} is not valid; write {_valid(node)}"


def _node(schema: Node, path: Sequence[int | str]) -> Node:
    """The schema of one key; of its parent where the schema says nothing of the key."""
    if path and path[-1] == _KEY:
        names = _node(schema, path[:-2]).get("propertyNames")
        return names if isinstance(names, dict) else schema
    node = schema
    for step in path:
        node = _resolved(schema, _below(node, step)) or node
    return node


def _below(node: Node, step: int | str) -> object:
    properties, patterns = node.get("properties"), node.get("patternProperties")
    if isinstance(properties, dict):
        return properties.get(step)
    return next(iter(patterns.values())) if isinstance(patterns, dict) else None


def _resolved(schema: Node, node: object) -> Node | None:
    definitions = schema.get("$defs")
    if isinstance(node, dict) and "$ref" in node and isinstance(definitions, dict):
        node = definitions[str(node["$ref"]).rsplit("/", 1)[-1]]
    return node if isinstance(node, dict) else None


def _valid(node: Node) -> str:
    """What may be written at a key, in words made from its schema."""
    if "minimum" in node and "maximum" in node:
        return f"{node['minimum']} to {node['maximum']}"
    for choices in (node.get("enum"), [node["const"]] if "const" in node else None):
        if isinstance(choices, list):
            return _any_of([str(choice) for choice in choices])
    kind = str(node.get("type"))
    # The docstring of a section says what it is for, not what to write.
    told = "" if kind == "object" else node.get("description")
    words = str(told or _TYPES.get(kind, "a value"))
    examples = node.get("examples")
    return f"{words}, for example {examples[0]}" if isinstance(examples, list) else words


_TYPES = {"object": "keys and values", "boolean": "true or false", "integer": "a whole number", "string": "text"}


def _any_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _shown(value: object, longest: int = 60) -> str:
    text = str(value)
    return text if len(text) <= longest else f"{text[:longest]}..."
