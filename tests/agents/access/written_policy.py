"""A policy as a document, to hold what reads one to: the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.policy import AllOf, EveryRow, OneOf, Own

if TYPE_CHECKING:
    from agents.access.policy import Grants, Policy, RowFilter, TableGrant, Through
    from agents.json_value import Json


def write_policy(policy: Policy) -> dict[str, Json]:
    """The content of the document that says this policy: `parse_policy` of it gives the same."""
    return {"personas": {persona: _write_grants(grants) for persona, grants in policy.personas.items()}}


def _write_grants(grants: Grants) -> dict[str, Json]:
    return {
        "agents": [*sorted(grants.agents)],
        "tools": [*sorted(grants.tools)],
        "tables": {name: _write_grant(grant) for name, grant in grants.tables.items()},
    }


def _write_grant(grant: TableGrant) -> dict[str, Json]:
    written: dict[str, Json] = {"rows": _write_rows(grant.rows)}
    if grant.columns is not None:
        written["columns"] = [*grant.columns]
    if grant.masks:
        written["masks"] = {**grant.masks}
    return written


def _write_rows(rows: RowFilter) -> Json:
    """The value of `rows` in the document."""
    if isinstance(rows, EveryRow):
        return "every"
    return [_write_condition(one) for one in (rows.filters if isinstance(rows, AllOf) else (rows,))]


def _write_condition(one: Own | OneOf | Through) -> dict[str, Json]:
    if isinstance(one, Own):
        return {"column": one.column, "own": one.attribute}
    if isinstance(one, OneOf):
        return {"column": one.column, "one_of": [*one.values]}
    through: dict[str, Json] = {
        "table": one.table,
        "key": one.key,
        "column": one.own.column,
        "own": one.own.attribute,
    }
    return {"column": one.column, "through": through}
