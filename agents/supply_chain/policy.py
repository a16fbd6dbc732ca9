"""The tables that ship, and the access policy that ships: the base layer of `access/policy`, parsed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from agents.access.catalogue import CataloguedTable
from agents.contract import TOOL_FUNCTIONS
from agents.data_schema import DATA_TABLES, MONTH
from agents.supply_chain import AGENTS, document

if TYPE_CHECKING:
    from agents.access.policy import Policy

    POLICY: Policy

CATALOGUE: Final = {
    table.name: CataloguedTable(
        columns={column.name: column.type for column in table.columns},
        partitions=frozenset({MONTH.name} if table.monthly else ()),
    )
    for table in DATA_TABLES
}


@functools.cache
def shipped_policy() -> Policy:
    """What the shipped document grants; what is in force is what a store holds: see `AccessPolicy`."""
    from agents.access.policy_document import parse_policy  # noqa: PLC0415 - who needs the tables reads no policy

    tools = {tool for function in TOOL_FUNCTIONS.values() for tool in function.tools}
    return parse_policy(document("policy", kind="access"), catalogue=CATALOGUE, agents=AGENTS, tools=tools)


def __getattr__(name: str) -> object:
    """`POLICY`, made when it is first asked for."""
    if name == "POLICY":
        return shipped_policy()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
