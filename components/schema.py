"""The JSON Schema of the settings, read back as words: what may be written at a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .sections import Section

Node: TypeAlias = "Mapping[str, object]"  # of a JSON Schema

KEY: Final = "[key]"  # pydantic's last step to a key that is wrong itself
_WORDS: Final = {"object": "keys and values", "boolean": "true or false", "integer": "a whole number", "string": "text"}


def schema_of(section: type[Section]) -> Node:
    """The schema of a section, keys as in a stack file."""
    return section.model_json_schema(by_alias=True)


def node_of(schema: Node, path: Sequence[int | str]) -> Node:
    """The schema of one key; of its parent where the schema says nothing of the key."""
    if path and path[-1] == KEY:
        names = node_of(schema, path[:-2]).get("propertyNames")
        return names if isinstance(names, Mapping) else schema
    node = schema
    for step in path:
        node = _resolved(schema, _below(node, step)) or node
    return node


def allowed(node: Node) -> str:
    """What may be written at a key, in words."""
    kind = str(node.get("type"))
    items = node.get("items")
    if kind == "array" and isinstance(items, Mapping):
        return f"a list, each {allowed(items)}"
    # The docstring of a section says what it is for, not what to write, and so does that of a switch.
    told = None if kind in {"object", "boolean"} else node.get("description")
    return _bounds(node) or str(told or _WORDS.get(kind, "a value"))


def kind_of(node: Node) -> str:
    """The type of a key with its bounds, short."""
    kind = str(node.get("type"))
    items = node.get("items")
    if kind == "array":
        return f"list of {kind_of(items)}" if isinstance(items, Mapping) else "list"
    return _bounds(node) or _WORDS.get(kind, kind)


def example(node: Node) -> str:
    """A value that may be written there, as YAML; empty where the words say enough."""
    items, examples = node.get("items"), node.get("examples")
    if isinstance(examples, list):
        return str(examples[0])
    inner = example(items) if isinstance(items, Mapping) else ""
    return f"[{inner}]" if inner else ""


def valid(node: Node) -> str:
    """What may be written there, and an example: the end of a message about a wrong value."""
    shown = example(node)
    return f"{allowed(node)}, for example {shown}" if shown else allowed(node)


def any_of(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _bounds(node: Node) -> str:
    if "minimum" in node and "maximum" in node:
        return f"{node['minimum']} to {node['maximum']}"
    for choices in (node.get("enum"), [node["const"]] if "const" in node else None):
        if isinstance(choices, list):
            return any_of([str(choice) for choice in choices])
    return ""


def _below(node: Node, step: int | str) -> object:
    if isinstance(step, int):
        return node.get("items")
    properties, patterns = node.get("properties"), node.get("patternProperties")
    if isinstance(properties, Mapping):
        return properties.get(step)
    return next(iter(patterns.values())) if isinstance(patterns, Mapping) else node.get("additionalProperties")


def _resolved(schema: Node, node: object) -> Node | None:
    definitions = schema.get("$defs")
    if isinstance(node, Mapping) and "$ref" in node and isinstance(definitions, Mapping):
        found = definitions[str(node["$ref"]).rsplit("/", 1)[-1]]
        return {**found, **{key: value for key, value in node.items() if key != "$ref"}}
    return node if isinstance(node, Mapping) else None
