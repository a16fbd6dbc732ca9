"""`-o table|json|yaml`, the same for every command."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


Output: TypeAlias = Annotated[Format, typer.Option("-o", "--output", help="How to print the result.")]


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows in columns as wide as they need, the last one as it is."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell if place == len(row) - 1 else cell.ljust(widths[place]) for place, cell in enumerate(row)
        ).rstrip()
        for row in rows
    )


def show(result: object, output: Format, table: Callable[[], str]) -> None:
    """Prints a result of JSON's types, or the text that `table` makes of it."""
    if output is Format.JSON:
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
    elif output is Format.YAML:
        import yaml

        typer.echo(yaml.safe_dump(result, sort_keys=False, allow_unicode=True), nl=False)
    else:
        typer.echo(table())
