"""Explain who may do what on this laptop, and manage the keys of machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from agents.cli.access_keys import app as keys
from agents.cli.laptop import only_local
from agents.cli.on_laptop import Environment, platform
from agents.cli.output import Format, Output, columns, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agents.access.explain import Explanation

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, no_args_is_help=True)
app.add_typer(keys, name="keys")

Stack = Annotated[str, typer.Option(help="Only `local`: elsewhere ask /v1/access of the stack.")]

_CELLS: Final = {True: "yes", False: "-"}


@app.command(epilog="Example: qm access explain --as warehouse_manager --table purchase_order_header")
def explain(
    ctx: typer.Context,
    who: Annotated[str, typer.Option("--as", help="A persona, or somebody of the sample's people.")],
    table: Annotated[str | None, typer.Option(help="May they read this table, and which rows of it?")] = None,
    column: Annotated[str | None, typer.Option(help="With --table: may they read this column of it?")] = None,
    tool: Annotated[str | None, typer.Option(help="May they use this tool?")] = None,
    agent: Annotated[str | None, typer.Option(help="May they ask this agent?")] = None,
    environment: Environment = "dev",
    stack: Stack = "local",
    output: Output = Format.TABLE,
) -> None:
    """Say whether somebody may read a table, or use a tool or an agent, and by which rule."""
    from agents.access.explain import as_persona
    from agents.contract import PERSONAS

    only_local(stack)
    laptop = platform(ctx, environment)
    principal = as_persona(who) if who in PERSONAS else laptop.caller(who).principal
    found = laptop.access.explain(principal, table=table, column=column, tool=tool, agent=agent)
    show(found.as_json(), output, lambda: f"{_explained(found)}\nAll of it: qm access matrix")


@app.command(epilog="Example: qm access matrix -o json")
def matrix(
    ctx: typer.Context,
    environment: Environment = "dev",
    stack: Stack = "local",
    output: Output = Format.TABLE,
) -> None:
    """Print every persona with every agent, tool and table, and every role with every action."""
    only_local(stack)
    rows = platform(ctx, environment).access.matrix()
    show(
        [row.as_json() for row in rows],
        output,
        lambda: f"{_matrix(rows)}\n\nWhy: qm access explain --as PERSONA --table TABLE",
    )


def _explained(found: Explanation) -> str:
    may = "may" if found.allowed else "may not"
    lines = [f"{found.who} {may} {found.action} {found.resource}: {found.rule}"]
    if found.rows:
        lines += [f"rows      {found.rows}", f"condition {found.predicate}"]
        lines += [f"          :{name} = {_values(values)}" for name, values in found.parameters.items()]
        lines.append(f"columns   {', '.join(found.columns)}")
    lines += [f"masked    {name} as {mask}" for name, mask in found.masks.items()]
    return "\n".join(lines)


def _values(values: Sequence[str] | None) -> str:
    return "the person's own, read at each query" if values is None else ", ".join(values) or "none, so no row"


def _matrix(rows: Sequence[Explanation]) -> str:
    """Two grids, personas and roles, and which rows the cells that say `some` are."""
    personas = [row for row in rows if row.who.startswith("persona ")]
    roles = [row for row in rows if row.who.startswith("role ")]
    some = [
        f"{row.who.removeprefix('persona ')} {row.resource}: {row.rows}{_masked(row)}"
        for row in personas
        if _cell(row) == "some"
    ]
    return "\n".join([_grid("resource", personas), "", *some, "", _grid("action", roles)])


def _cell(row: Explanation) -> str:
    """`some`: not every row, or something stands in the place of values. Columns are listed by `-o json`."""
    return "some" if (row.allowed and row.predicate not in {"", "TRUE"}) or row.masks else _CELLS[row.allowed]


def _masked(row: Explanation) -> str:
    return "".join(f"; {name} as {mask}" for name, mask in row.masks.items())


def _grid(title: str, rows: Iterable[Explanation]) -> str:
    table: dict[str, dict[str, str]] = {}
    for row in rows:
        line = row.resource if title == "resource" else f"{row.action} {row.resource}"
        table.setdefault(line, {})[row.who.partition(" ")[2]] = _cell(row)
    names = tuple(next(iter(table.values()), ()))
    return columns([(title, *names), *((line, *(cells[name] for name in names)) for line, cells in table.items())])
