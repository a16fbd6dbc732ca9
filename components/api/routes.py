"""The tree of resources that a REST API needs for its routes, and when what is deployed is not the same any more."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Node:
    """One resource of a REST API: its path, the path above it and its own part."""

    path: str
    parent: str
    part: str

    @property
    def name(self) -> str:
        """The path as part of a resource's name: /v1/configs/{kind} is v1-configs-kind."""
        return self.path.strip("/").translate({ord("/"): "-", ord("{"): None, ord("}"): None})


def tree(routes: Iterable[tuple[str, str]]) -> tuple[Node, ...]:
    """The resources that routes need, parents first, each once; the root is `""`."""
    nodes: dict[str, Node] = {}
    for _, path in routes:
        parent = ""
        for part in path.strip("/").split("/"):
            here = f"{parent}/{part}"
            nodes.setdefault(here, Node(here, parent, part))
            parent = here
    return tuple(nodes.values())


def verbs_of(routes: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Path -> its verbs, for each path that has one."""
    found: dict[str, list[str]] = {}
    for verb, path in routes:
        found.setdefault(path, []).append(verb)
    return {path: tuple(sorted(verbs)) for path, verbs in found.items()}


def revision(routes: Iterable[tuple[str, str]], *deployed: object) -> str:
    """Changes when routes, or any JSON value of `deployed`, do; not with the order of routes or of keys."""
    return hashlib.sha256(json.dumps([sorted(routes), *deployed], sort_keys=True).encode()).hexdigest()
