"""Who may see what: persona -> agents, tools, tables with rows and columns. What is not granted is denied."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from agents.digests import sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class EveryRow:
    """All rows of the table."""


@dataclass(frozen=True)
class Own:
    """Rows whose `column` holds one of the values of the principal's `attribute`."""

    column: str
    attribute: str


@dataclass(frozen=True)
class OneOf:
    """Rows whose text `column` holds one of `values`, whoever asks."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Through:
    """Rows whose `column` points, as `key`, to rows of `table` that are the principal's own."""

    column: str
    table: str
    key: str
    own: Own


@dataclass(frozen=True)
class AllOf:
    """Rows that pass every one of `filters`, two or more."""

    filters: tuple[Own | OneOf | Through, ...]


RowFilter: TypeAlias = EveryRow | Own | OneOf | Through | AllOf
# Attribute of a person -> the table of people, and its column, that the server reads it from. Nobody is granted these.
ATTRIBUTES: Final[Mapping[str, tuple[str, str]]] = {
    "warehouses": ("user_warehouse", "warehouse_id"),
    "territories": ("user_territory", "territory_id"),
}
# What stands in a column instead of its values, for every row the same: a constant tells nothing. `redacted` is '***',
# and for text only; `null` keeps the column's type.
Mask: TypeAlias = Literal["null", "redacted"]


@dataclass(frozen=True, kw_only=True)
class TableGrant:
    """What of a table is granted: rows, and of its columns those in `columns` (None: every one).

    `masks` say what stands in a granted column instead of its values.
    """

    rows: RowFilter
    columns: tuple[str, ...] | None = None
    masks: Mapping[str, Mask] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Grants:
    """What one persona holds."""

    agents: frozenset[str]
    tools: frozenset[str]
    tables: Mapping[str, TableGrant]


NOTHING = Grants(agents=frozenset(), tools=frozenset(), tables={})


@dataclass(frozen=True)
class Policy:
    """Grants by persona; an unknown persona holds nothing. Made by `policy_document.parse_policy`."""

    personas: Mapping[str, Grants]

    def grants(self, persona: str | None) -> Grants:
        """The grants of a persona, empty when there is none."""
        return self.personas.get(persona, NOTHING) if persona else NOTHING

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that is granted, for the certificate of a query."""
        shape = {
            persona: {
                "agents": sorted(grants.agents),
                "tools": sorted(grants.tools),
                # A frozen dataclass writes its type and every field of it.
                "tables": {
                    table: [repr(grant.rows), grant.columns, sorted(grant.masks.items())]
                    for table, grant in grants.tables.items()
                },
            }
            for persona, grants in self.personas.items()
        }
        return sha256(json.dumps(shape, sort_keys=True).encode())


# The policy in force at this moment; raises UnavailableError when none was ever read.
PolicySource: TypeAlias = "Callable[[], Policy]"
