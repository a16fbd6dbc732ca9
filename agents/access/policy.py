"""Who may see what: persona -> agents, tools, tables, and the rows of each table. What is not granted is denied."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class EveryRow:
    """All rows of the table."""


@dataclass(frozen=True)
class Own:
    """Rows whose `column` holds one of the values of the principal's `attribute`."""

    column: str
    attribute: str


@dataclass(frozen=True)
class Through:
    """Rows whose `column` points, as `key`, to rows of `table` that are the principal's own."""

    column: str
    table: str
    key: str
    own: Own


RowFilter: TypeAlias = EveryRow | Own | Through


@dataclass(frozen=True, kw_only=True)
class Grants:
    """What one persona holds."""

    agents: frozenset[str]
    tools: frozenset[str]
    tables: Mapping[str, RowFilter]


@dataclass(frozen=True)
class Policy:
    """Grants by persona; an unknown persona holds nothing."""

    personas: Mapping[str, Grants]

    def grants(self, persona: str | None) -> Grants:
        """The grants of a persona, empty when there is none."""
        nothing = Grants(agents=frozenset(), tools=frozenset(), tables={})
        return self.personas.get(persona, nothing) if persona else nothing

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that is granted, for the certificate of a query."""
        shape = {
            persona: {
                "agents": sorted(grants.agents),
                "tools": sorted(grants.tools),
                "tables": {
                    table: [type(rows).__name__, dataclasses.asdict(rows)] for table, rows in grants.tables.items()
                },
            }
            for persona, grants in self.personas.items()
        }
        return "sha256:" + hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()
