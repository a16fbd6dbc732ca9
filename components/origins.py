"""Where each setting comes from: the default of its section, the sizing table, or the stack file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The layer that a value comes from, and what the layers below it say."""

    layer: str  # default, sizing, stack file, emulator
    source: str  # where to look: a section's module, a row of the table, the file
    below: tuple[tuple[str, object], ...] = ()  # (layer, value) of what this one covers, highest first


def merged(low: Mapping[str, object], high: Mapping[str, object]) -> dict[str, object]:
    """`high` over `low`: maps merge, everything else replaces."""
    result = dict(low)
    for key, value in high.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def leaves(tree: Mapping[str, object], path: str = "") -> Iterator[tuple[str, object]]:
    """Dotted key and value of everything that is not a map; an empty map is a value."""
    for key, value in tree.items():
        full = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, full)
        else:
            yield full, value
