"""What AWS says of actions: access level, resources, condition keys; of the services that our documents are about.

The table is generated (`delivery/iam_actions.py`). An action of a service that it does not hold is not judged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._globs import has_wildcard, matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._resource import Value

_FILE: Final = Path(__file__).parents[1] / "data" / "iam_actions.json"


class Level(Enum):
    """How much harm an action can do, as AWS sorts them."""

    LIST = "List"
    READ = "Read"
    TAGGING = "Tagging"
    WRITE = "Write"
    PERMISSIONS = "Permissions management"


@dataclass(frozen=True, kw_only=True)
class Action:
    """One action."""

    name: str  # s3:GetObject, as AWS writes it
    level: Level
    resources: tuple[str, ...]  # ARN patterns; none: only `*`
    keys: frozenset[str]  # patterns in lower case, without the global ones


@cache
def _read() -> Mapping[str, Value]:
    read: Mapping[str, Value] = json.loads(_FILE.read_text())
    return read


@cache
def _table() -> Mapping[str, Mapping[str, Value]]:
    table: Mapping[str, Mapping[str, Value]] = _read()["services"]
    return table


@cache
def _prefixes() -> frozenset[str]:
    return frozenset(_read()["prefixes"])


@cache
def _names(service: str) -> Mapping[str, str]:
    """Name in lower case -> as AWS writes it."""
    return {name.lower(): name for name in _table()[service]["actions"]}


def is_service(prefix: str) -> bool:
    """Whether AWS has a service whose actions begin so."""
    return prefix.lower() in _prefixes()


def is_covered(prefix: str) -> bool:
    """Whether the table holds the service."""
    return prefix.lower() in _table()


@lru_cache(maxsize=4096)
def find(action: str) -> Action | None:
    """The action, None when AWS has none of that name or the table does not hold its service."""
    service, _, wanted = action.partition(":")
    service = service.lower()
    if service not in _table() or (name := _names(service).get(wanted.lower())) is None:
        return None
    table = _table()[service]
    level, kinds, number = table["actions"][name].split("|")
    resources = [table["resources"][kind] for kind in kinds.split(",") if kind in table["resources"]]
    keys = {*table["sets"][int(number)].split(), *table["keys"].split()}
    for line in resources:
        keys.update(line.split(" ")[1:])
    return Action(
        name=f"{service}:{name}",
        level=Level(level),
        resources=tuple(line.split(" ")[0] for line in resources),
        keys=frozenset(keys),
    )


@lru_cache(maxsize=1024)
def matching(pattern: str) -> tuple[Action, ...]:
    """The actions of the table that a document's `Action` names."""
    service, _, wanted = pattern.lower().partition(":")
    if not has_wildcard(pattern):
        one = find(pattern)
        return (one,) if one else ()
    services = _table() if pattern == "*" else [one for one in _table() if matches(service, one)]
    named = (f"{one}:{name}" for one in services for name in _names(one) if matches(wanted or "*", name))
    return tuple(action for name in named if (action := find(name)))


def covers(pattern: str, action: str) -> bool:
    """Whether a document's `Action` names the action; IAM does not regard case there."""
    return matches(pattern.lower(), action.lower())
