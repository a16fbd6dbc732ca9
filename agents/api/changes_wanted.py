"""Which changes somebody may and wants to see, and how they are told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.access.roles import Action, allowing
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.access.principal import Principal
    from agents.configuration.documents import Change
    from agents.json_value import Json


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which changes somebody may and wants to see; equal for all whose answer is the same. No keys are all keys."""

    roles: frozenset[str]
    scopes: frozenset[str] | None
    keys: frozenset[str]
    who: Principal = field(compare=False)

    @classmethod
    def by(cls, who: Principal, keys: frozenset[str]) -> Wanted:
        """What this principal may read of the keys."""
        scopes = None if who.scopes is None else frozenset(who.scopes)
        return cls(roles=who.roles, scopes=scopes, keys=keys, who=who)

    def has(self, change: Change) -> bool:
        """Whether a change is one of them."""
        kind = change.key.partition("/")[0]
        return (not self.keys or change.key in self.keys) and allowing(self.who, Action.READ_CONFIG, kind) is not None


def change_json(change: Change) -> dict[str, Json]:
    """A change as answers and events show it."""
    told: dict[str, Json] = {
        "cursor": change.cursor,
        "key": change.key,
        "layer": change.layer,
        "number": change.number,
        "at": rfc3339(change.at),
    }
    return told | ({"label": change.label} if change.label else {})


@dataclass(frozen=True)
class Sent:
    """What a stream sends next, empty when it is over; and the layers of which it tells new versions."""

    text: bytes
    layers: frozenset[str] = frozenset()


def as_events(changes: Iterable[Change]) -> Sent:
    """Changes as server-sent events, whose id is the cursor."""
    told = tuple(changes)
    text = "".join(
        f"id: {change.cursor}\nevent: change\ndata: {json.dumps(change_json(change))}\n\n" for change in told
    )
    return Sent(text.encode(), frozenset(change.layer for change in told if not change.label))
