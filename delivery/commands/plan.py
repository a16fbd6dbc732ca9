"""Show what a stack would deploy, checked by the policies: no engine, no credentials.

Exit codes: 0 clean, 1 mandatory findings, 2 an unknown stack or settings that are refused, 4 something is missing.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


@app.command(help=(__doc__ or "").partition("\n")[0])
def plan(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack whose file is planned.")],
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", "-C", help="Plan the project in this folder instead of this one.", show_default=False),
    ] = None,
    output: Annotated[Format, typer.Option("--output", "-o", help="How to print it.")] = Format.TABLE,
) -> None:
    from agents.errors import SetupError  # noqa: PLC0415 - `qm --help` imports every command's module

    try:
        from delivery import plan as plans  # noqa: PLC0415 - the Pulumi SDK takes a quarter of a second

        result = plans.plan(stack, cwd.resolve() if cwd else plans.FOLDER)
    except ModuleNotFoundError as error:
        raise SetupError(f"the package {error.name} is not installed", fix="Run `make setup`") from error
    if output is Format.TABLE:
        from delivery.plan_text import text  # noqa: PLC0415 - only for this format

        typer.echo(text(result), nl=False)
    elif output is Format.JSON:
        import json  # noqa: PLC0415 - only for this format

        typer.echo(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
    else:
        import yaml  # noqa: PLC0415 - only for this format

        typer.echo(yaml.safe_dump(result.as_json(), sort_keys=False, allow_unicode=True), nl=False)
    if result.blocked:
        raise typer.Exit(1)
