"""Where a value of the effective content comes from: found when asked, by the very merge that makes the content.

Each layer's values are marked with their place in it, the marked layers are merged, and what stands at a pointer
then says its place. Nothing of this is done when an agent loads its configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from agents.configuration.formats import Parsed
from agents.configuration.json_pointer import at, below, parts
from agents.configuration.json_values import identical
from agents.configuration.layers import address, merge
from agents.configuration.marks import REFERENCES
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agents.configuration.documents import Content, Version
    from agents.json_value import Json

How: TypeAlias = Literal["set", "appended", "prepended", "replaced", "removed"]

_HOW: Final[dict[str, How]] = {"$append": "appended", "$prepend": "prepended", "$replace": "replaced"}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer to explain: its name such as `agent/inventory@env:dev`, its version's number, 0 for what is not stored.

    `text` is the file that it comes from, when one is at hand.
    """

    name: str
    number: int
    content: Content
    text: Parsed | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """Who says a value, or took it away, and where. `inside` is the pointer in that layer; template and parameter are
    empty until a template made the layer. `below` is what it covers, the next one first.
    """  # noqa: D205 - one sentence

    pointer: str
    value: Json  # of what was removed, the value that it had
    how: How
    layer: str
    version: int
    inside: str
    where: str = ""  # file:line:column
    template: str = ""
    parameter: str = ""
    below: tuple[Source, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """In JSON's types, with what it covers; what is not known is left out."""
        said: dict[str, Json] = {
            "pointer": self.pointer,
            "value": self.value,
            "how": self.how,
            "layer": self.layer,
            "version": self.version,
            "inside": self.inside,
        }
        known: dict[str, Json] = {"where": self.where, "template": self.template, "parameter": self.parameter}
        said |= {name: value for name, value in known.items() if value}
        return said | {"below": [one.as_json() for one in self.below]}


def layer_of(version: Version, text: Parsed | None = None) -> Layer:
    """A stored version as a layer to explain."""
    return Layer(name=address(version), number=version.number, content=version.content, text=text)


def explain(layers: Sequence[Layer | Version | Parsed], pointer: str) -> Source:
    """The source of what a pointer of the effective content names; layers come lowest first, as they are merged.

    Of a map it is the highest layer that says something in it. Raises NotFoundError when no layer ever said it.
    """
    parts(pointer)  # what is no pointer is told apart from one that names nothing
    said = [_layer(one) for one in layers]
    found: list[Source] = []
    for number, (layer, stage) in enumerate(zip(said, _stages(said), strict=True)):
        value = _find(stage, pointer)
        if value is None:
            if found and found[-1].how != "removed":
                inside = _nearest(layer, pointer)
                found.append(_source(pointer, found[-1].value, "removed", layer, inside))
            continue
        origin = _origin(value, said[: number + 1], pointer)
        if not found or (origin.layer, origin.inside) != (found[-1].layer, found[-1].inside):
            # At an index stood another item before: that one is not covered, it moved.
            found = [origin] if _in_list(stage, pointer) else [*found, origin]
    if not found:
        raise NotFoundError(f"no layer says {pointer or '/'}", fix="Check the pointer: names are separated by '/'.")
    last = found.pop()
    return Source(**{**vars(last), "below": tuple(reversed(found))})


def explain_all(layers: Sequence[Layer | Version | Parsed]) -> tuple[Source, ...]:
    """The source of each leaf of the effective content in its order, then what was removed on the way.

    An empty map is no leaf.
    """
    said = [_layer(one) for one in layers]
    stages = list(_stages(said))
    sources: list[Source] = []
    if not stages:
        return ()
    for pointer, leaf in _leaves(stages[-1], ""):
        sources.append(_leaf_source(pointer, leaf, said))
    for before, after, layer in zip(stages, stages[1:], said[1:], strict=False):
        stay = {id(leaf) for _, leaf in _leaves(after, "")}
        for pointer, leaf in _leaves(before, ""):
            if id(leaf) not in stay and (_find(after, pointer) is None or "$remove" in _nearest(layer, pointer)):
                sources.append(_source(pointer, leaf.value, "removed", layer, _nearest(layer, pointer)))
    return tuple(sources)


@dataclass(frozen=True, eq=False)
class _Leaf:
    """A value that knows its place. Equal as its value is, so that merging sees no difference."""

    value: Json
    layer: int
    inside: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Leaf) and identical(self.value, other.value)

    def __hash__(self) -> int:
        return hash(str(self.value))


def _layer(one: Layer | Version | Parsed) -> Layer:
    if isinstance(one, Layer):
        return one
    if isinstance(one, Parsed):
        return Layer(name=one.where, number=0, content=one.content, text=one)
    return layer_of(one)


def _stages(layers: Sequence[Layer]) -> Iterator[Content]:
    """The merged content of marked values after each layer."""
    merged: Content = {}
    for number, layer in enumerate(layers):
        merged = merge(merged, cast("Content", _marked(layer.content, number, "")), where=layer.name)
        yield merged


def _marked(value: Json, layer: int, path: str) -> object:
    """A layer with a `_Leaf` for each value; what marks are told, such as a field's name, stays as it is."""
    if isinstance(value, dict) and value and not (value.keys() & REFERENCES):
        return {
            name: inner
            if name == "$key" or (name == "$remove" and inner is True)
            else _marked(inner, layer, below(path, name))
            for name, inner in value.items()
        }
    if isinstance(value, list) and value:
        return [_marked(inner, layer, below(path, number)) for number, inner in enumerate(value)]
    # An empty map merges like one, so it is no leaf to the merge.
    return value if value == {} and isinstance(value, dict) else _Leaf(value, layer, path)


def _find(content: object, pointer: str) -> Any:  # noqa: ANN401 - a marked value, or None when there is nothing
    try:
        return at(cast("Json", content), pointer)
    except (NotFoundError, InvalidError):
        return None


def _in_list(content: object, pointer: str) -> bool:
    value = content
    for part in parts(pointer):
        if isinstance(value, list):
            return True
        value = _find(value, below("", part))
    return False


def _leaves(value: object, pointer: str) -> Iterator[tuple[str, _Leaf]]:
    if isinstance(value, _Leaf):
        yield pointer, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, below(pointer, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, below(pointer, number))


def _origin(value: object, layers: Sequence[Layer], pointer: str) -> Source:
    """Who says a marked value; of a map or list, the highest layer that says something in it."""
    if isinstance(value, _Leaf):
        return _leaf_source(pointer, value, layers)
    inside = max((leaf.layer for _, leaf in _leaves(value, "")), default=None)
    if inside is None:  # empty
        inside = max(
            number for number, one in enumerate(layers) if number == 0 or _find(one.content, pointer) is not None
        )
    return _source(pointer, _unmarked(value), "set", layers[inside], _nearest(layers[inside], pointer))


def _leaf_source(pointer: str, leaf: _Leaf, layers: Sequence[Layer]) -> Source:
    how: How = next((_HOW[part] for part in parts(leaf.inside) if part in _HOW), "set")
    return _source(pointer, leaf.value, how, layers[leaf.layer], leaf.inside)


def _source(pointer: str, value: Json, how: How, layer: Layer, inside: str) -> Source:
    where = layer.text.place(inside) if layer.text is not None else ""
    return Source(
        pointer=pointer, value=value, how=how, layer=layer.name, version=layer.number, inside=inside, where=where
    )


def _nearest(layer: Layer, pointer: str) -> str:
    """The deepest place in the layer on the way to a pointer, its marks included: what decides about it."""
    value: Json = layer.content
    path = ""
    for part in parts(pointer):
        if not isinstance(value, dict):
            break
        name = part if part in value else next((word for word in ("$remove", "$replace") if word in value), None)
        if name is None:
            break
        path, value = below(path, name), value[name]
    if isinstance(value, dict):
        path = next((below(path, word) for word in ("$remove", "$replace") if word in value), path)
    return path


def _unmarked(value: object) -> Json:
    if isinstance(value, _Leaf):
        return value.value
    if isinstance(value, dict):
        return {name: _unmarked(inner) for name, inner in value.items()}
    return [_unmarked(inner) for inner in value] if isinstance(value, list) else cast("Json", value)
