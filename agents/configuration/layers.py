"""From the layers of a document to what an agent runs: a pure merge, base first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.configuration.documents import digest
from agents.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agents.configuration.documents import Content, Version
    from agents.configuration.ports import ConfigStore


@dataclass(frozen=True, kw_only=True)
class Effective:
    """What an agent runs: named by the digest of the merged content."""

    key: str
    digest: str
    versions: Mapping[str, int]  # `key@layer` -> number
    content: Content


def addresses(name: str, environment: str) -> tuple[tuple[str, str], ...]:
    """The (key, layer) pairs of an agent, in the order they are merged."""
    layers = ("base", f"env:{environment}")
    return tuple((f"agent/{agent}", layer) for agent in ("defaults", name) for layer in layers)


def merge(lower: Content, upper: Content) -> Content:
    """Both maps as one: maps merge deeply, anything else of `upper` replaces. Inputs stay as they are."""
    merged = dict(lower)
    for name, value in upper.items():
        below = merged.get(name)
        merged[name] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def effective(key: str, layers: Iterable[Version | None]) -> Effective:
    """The effective configuration of `key` from its layers, lowest first; None where a layer is empty.

    Raises NotFoundError when every layer is.
    """
    present = [version for version in layers if version is not None]
    if not present:
        raise NotFoundError(f"there is no document {key}", fix="Publish one, or check the name.")
    content: Content = {}
    for version in present:
        content = merge(content, version.content)
    return Effective(
        key=key,
        digest=digest(content),
        versions={f"{version.key}@{version.layer}": version.number for version in present},
        content=content,
    )


def resolve(store: ConfigStore, names: Sequence[str], environment: str) -> dict[str, Effective]:
    """The effective configuration of each named agent, from one consistent read of the heads."""
    wanted = [address for name in names for address in addresses(name, environment)]
    unique = list(dict.fromkeys(wanted))
    heads = dict(zip(unique, store.heads(unique), strict=True))
    return {
        name: effective(f"agent/{name}", [heads[address] for address in addresses(name, environment)]) for name in names
    }
