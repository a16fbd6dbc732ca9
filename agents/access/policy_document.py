"""The document `access/policy`: what its content grants, and what is wrong with it.

    [personas.warehouse_manager]
    agents = ["inventory"]
    tools = ["query_data"]

    [personas.warehouse_manager.tables.product]
    rows = "every"
    columns = ["product_id", "name", "unit_cost"] # every column when it is left out
    masks = { unit_cost = "null" } # what stands in a column instead of its values: "null", or "redacted" for text

    [personas.warehouse_manager.tables.warehouse_product]
    rows = [{ column = "warehouse_id", own = "warehouses" }]

`rows` is "every", or a list of conditions that must all hold: `own` (one of the person's warehouses or territories),
`one_of` (a list of values), or `through` (the column points to rows of another table that are the person's own). It
is a list because layers merge maps: half a condition of one and half of another would be one that nobody wrote.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from agents.access.document_node import Node, refuse
from agents.access.policy import ATTRIBUTES, AllOf, EveryRow, Grants, OneOf, Own, Policy, TableGrant, Through
from agents.contract import PERSONAS
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agents.access.catalogue import Catalogue, CataloguedTable
    from agents.access.policy import Mask, RowFilter
    from agents.json_value import Json

KEY: Final = "access/policy"
MAX_BYTES: Final = 64 * 1024
MAX_CONDITIONS: Final = 8
MAX_VALUES: Final = 500
EVERY: Final = "every"
_TEXT: Final = "string"  # the catalogue's word
_WAYS: Final = ("own", "one_of", "through")
_MASKS: Final = ("null", "redacted")
_Condition: TypeAlias = Own | OneOf | Through


def parse_policy(
    content: Mapping[str, Json],
    *,
    catalogue: Catalogue,
    agents: Collection[str] | None,
    tools: Collection[str] | None,
    attributes: Mapping[str, tuple[str, str]] = ATTRIBUTES,
) -> Policy:
    """The policy in a document's content; `agents` and `tools` are the names that are registered, None for any.

    Raises InvalidError with every problem, its pointer and how to mend it: nothing of such a document counts.
    """
    _check_size(content)
    problems: list[Problem] = []
    reader = _Reader(catalogue=catalogue, agents=agents, tools=tools, attributes=attributes)
    policy = reader.policy(Node(content, "", problems))
    refuse(problems, KEY)
    return policy


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """What names may stand for. Each method reads one kind of value; what it gives of a wrong one is thrown away."""

    catalogue: Catalogue
    agents: Collection[str] | None
    tools: Collection[str] | None
    attributes: Mapping[str, tuple[str, str]]

    def policy(self, node: Node) -> Policy:
        personas = node.fields(("personas",)).get("personas")
        grants = {}
        for name, value in (personas.members() if personas else {}).items():
            if name in PERSONAS:
                grants[name] = self._grants(value)
            else:
                value.wrong(f"there is no persona {name[:64]!r}", f"One of {', '.join(PERSONAS)}.")
        return Policy(grants)

    def _grants(self, node: Node) -> Grants:
        fields = node.fields((), ("agents", "tools", "tables"))
        agents = fields["agents"].names(self.agents, "agent") if "agents" in fields else ()
        tools = fields["tools"].names(self.tools, "tool") if "tools" in fields else ()
        tables = {}
        for name, value in (fields["tables"].members() if "tables" in fields else {}).items():
            table = self._table(name, value)
            if table is not None:
                tables[name] = self._grant(value, table)
        return Grants(agents=frozenset(agents), tools=frozenset(tools), tables=tables)

    def _table(self, name: str, node: Node) -> CataloguedTable | None:
        """A table that can be granted."""
        of_people = {table for table, _ in self.attributes.values()}
        if name in of_people:
            node.wrong(
                f"{name} says who is responsible for what, and is nobody's to read",
                "Take it out: conditions with `own` read it for you.",
            )
            return None
        if name not in self.catalogue:
            known = ", ".join(sorted(self.catalogue.keys() - of_people))
            node.wrong(f"there is no table {name[:64]!r}", f"One of {known}.")
        return self.catalogue.get(name)

    def _grant(self, node: Node, table: CataloguedTable) -> TableGrant:
        fields = node.fields(("rows",), ("columns", "masks"))
        columns: tuple[str, ...] | None = None
        if "columns" in fields:
            found = fields["columns"]
            columns = found.distinct([item.name(table.columns, "column") for item in found.items(len(table.columns))])
        masks: dict[str, Mask] = {}
        for column, value in (fields["masks"].members() if "masks" in fields else {}).items():
            mask = value.name(_MASKS, "mask")
            if column not in (table.columns if columns is None else columns):
                value.wrong(f"{column[:64]!r} is not a granted column", "Grant it under `columns`, or drop the mask.")
            elif mask == "redacted" and table.columns[column] != _TEXT:
                value.wrong(f"{column} is not text, so '***' cannot stand in it", 'Write "null".')
            else:
                masks[column] = cast("Mask", mask)
        return TableGrant(
            rows=self._rows(fields["rows"], table) if "rows" in fields else EveryRow(), columns=columns, masks=masks
        )

    def _rows(self, node: Node, table: CataloguedTable) -> RowFilter:
        if node.value == EVERY:
            return EveryRow()
        if not isinstance(node.value, list):
            node.wrong("this does not say which rows", 'Write "every", or a list of conditions that must all hold.')
            return EveryRow()
        found = [self._condition(item, table) for item in node.items(MAX_CONDITIONS)]
        conditions = tuple(one for one in found if one is not None)
        if len(set(conditions)) < len(conditions):
            node.wrong("a condition is here twice", "Write it once.")
        return conditions[0] if len(conditions) == 1 else AllOf(conditions)

    def _condition(self, node: Node, table: CataloguedTable) -> _Condition | None:
        fields = node.fields(("column",), _WAYS)
        column = self._column(fields.get("column"), table)
        ways = [way for way in _WAYS if way in fields]
        if len(ways) != 1:
            if isinstance(node.value, dict):
                said = " and ".join(ways) or "none"
                node.wrong(f"a condition has one way to say which rows; here is {said}", f"Write {' or '.join(_WAYS)}.")
            return None
        (way,) = ways
        value = fields[way]
        if way == "own":
            return Own(column, value.name(self.attributes, "attribute") or "")
        if way == "one_of":
            return OneOf(column, value.distinct([item.text() for item in value.items(MAX_VALUES)]))
        return self._through(column, value)

    def _through(self, column: str, node: Node) -> Through | None:
        fields = node.fields(("table", "key", "column", "own"))
        name = fields["table"].name(self.catalogue, "table") if "table" in fields else None
        attribute = fields["own"].name(self.attributes, "attribute") if "own" in fields else None
        if name is None or attribute is None:
            return None
        other = self.catalogue[name]
        key, owner = (self._column(fields.get(field), other) for field in ("key", "column"))
        return Through(column, name, key, Own(owner, attribute))

    def _column(self, node: Node | None, table: CataloguedTable) -> str:
        """A text column of the table: what it is compared with is text."""
        name = node.name(table.columns, "column") if node else None
        if node is None or name is None:
            return ""
        if table.columns[name] != _TEXT:
            node.wrong(f"{name} is not text, and conditions compare text", "Name a column of type string.")
        return name


def _check_size(content: Mapping[str, Json]) -> None:
    try:
        size = len(json.dumps(content, separators=(",", ":"), allow_nan=False).encode())
    except (RecursionError, TypeError, ValueError) as error:
        raise InvalidError(
            f"{KEY} is no JSON, or nests too deep", fix="Write it as agents/access/policy_document.py shows."
        ) from error
    if size > MAX_BYTES:
        raise InvalidError(
            f"{KEY} has {size:,} bytes; a policy has at most {MAX_BYTES:,}", fix="Keep data out of the policy."
        )
