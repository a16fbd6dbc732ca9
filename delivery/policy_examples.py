"""A rule's examples as a reader of its page sees them: a line a resource."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Final, TypeAlias

from policies.rules._graph import Drawn, Sketch
from policies.rules._rule import Of
from policies.rules._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.rules._rule import Rule

Example: TypeAlias = "Of | Together | Drawn"
_WIDTH: Final = 300  # characters of a line; a longer one is cut
_RESOURCES: Final = 8  # of one example; how many more there are is said
_NAMED: Final = frozenset({"type", "name", "properties", "sources"})


def examples(rule: Rule) -> str:
    """What the rule finds, and what it is content with."""
    good = next((one for one in rule.ok if _says_much(one)), rule.ok[0])
    return "\n".join(["bad", *_lines(rule.bad[0]), "good", *_lines(good)])


def _says_much(example: Example) -> bool:
    """Whether it shows more than that nothing is wrong with nothing."""
    if isinstance(example, Of):
        return bool(example.properties)
    return bool(example.nodes if isinstance(example, Together) else example.sketches)


def _lines(example: Example) -> Iterator[str]:
    if isinstance(example, Of):
        yield _line("", example.type, example.properties)
        if example.provider:
            yield _line("", "its provider", example.provider)
    elif isinstance(example, Together):
        yield from _first([_node(one) for one in example.nodes])
        yield from (f"  exemption {one.rule} {one.resource} until {one.until}" for one in example.exemptions)
    else:
        yield from _first([_sketch(one) for one in example.sketches])
        yield f"  in the stack {example.stack}"
    if example.config:
        yield f"  with {_json(example.config)}"


def _first(lines: Sequence[str]) -> Sequence[str]:
    more = len(lines) - _RESOURCES
    if not lines:
        return ["  no such resource"]
    return lines if more <= 0 else [*lines[:_RESOURCES], f"  and {more} more"]


def _node(one: Node) -> str:
    return _line(one.name, one.type, one.properties, one.sources)


def _sketch(one: Sketch) -> str:
    """What differs from a field's default is what the example is about."""
    blank = Sketch(type=one.type, name=one.name)
    differs = {field.name: getattr(one, field.name) for field in fields(Sketch) if field.name not in _NAMED}
    options = {name: value for name, value in differs.items() if value != getattr(blank, name)}
    return _line(one.name, one.type, one.properties, one.sources, options)


def _line(
    name: str,
    kind: str,
    properties: Mapping[str, object],
    sources: Mapping[str, str] | None = None,
    options: Mapping[str, object] | None = None,
) -> str:
    parts = [name, kind, _json(properties)]
    parts += [f"{key} from {source}" for key, source in (sources or {}).items()]
    parts += [f"{key}={_json(value)}" for key, value in (options or {}).items()]
    line = "  " + " ".join(part for part in parts if part)
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]} ..."


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
