"""Where each setting comes from: the default of its section, the sizing table, the stack file, the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Path: TypeAlias = tuple[str, ...]  # a key of a tag may hold dots, so a dotted key is for people only
_NOTHING: Final = object()


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one place says, nested as in a stack file."""

    name: str  # default, sizing, stack file, environment
    source: str  # where to look: a module, a row of the table, the file, a variable
    tree: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A value, the layer that it comes from, and what the layers below it say."""

    value: object
    layer: Layer
    below: tuple[tuple[Layer, object], ...] = ()  # what this one covers, highest first


def merged(low: Mapping[str, object], high: Mapping[str, object]) -> dict[str, object]:
    """`high` over `low`: maps merge, everything else replaces."""
    result = dict(low)
    for key, value in high.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def whole(layers: Sequence[Layer]) -> dict[str, object]:
    """All layers, lowest first, in one tree."""
    return reduce(merged, (layer.tree for layer in layers), {})


def origins(layers: Sequence[Layer]) -> dict[Path, Origin]:
    """Each leaf of the whole tree with the highest layer that says it."""
    found: dict[Path, Origin] = {}
    for path, value in paths(whole(layers)):
        said = [(layer, _at(layer.tree, path)) for layer in reversed(layers)]
        top, *below = [(layer, one) for layer, one in said if one is not _NOTHING]
        found[path] = Origin(value=value, layer=top[0], below=tuple(below))
    return found


def paths(tree: Mapping[str, object], above: Path = ()) -> Iterator[tuple[Path, object]]:
    """Path and value of everything that is not a map; an empty map is a value."""
    for key, value in tree.items():
        path = (*above, str(key))
        if isinstance(value, Mapping) and value:
            yield from paths(value, path)
        else:
            yield path, value


def leaves(tree: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The same with the path as a dotted key."""
    return ((".".join(path), value) for path, value in paths(tree))


def _at(tree: object, path: Path) -> object:
    for step in path:
        if not isinstance(tree, Mapping) or step not in tree:
            return _NOTHING
        tree = tree[step]
    return tree
