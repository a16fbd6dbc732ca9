"""Show what a stack would deploy, checked by the policies: no engine, no credentials.

Exit codes: 0 clean, 1 mandatory findings, 2 an unknown stack or settings that are refused, 4 something is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0])
def plan(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack whose file is planned.")],
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", "-C", help="Plan the project in this folder instead of this one.", show_default=False),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    from agents.errors import SetupError

    try:
        from delivery import plan as plans
        from delivery.plan_text import text

        result = plans.plan(stack, cwd.resolve() if cwd else plans.FOLDER)
    except ModuleNotFoundError as error:
        raise SetupError(f"the package {error.name} is not installed", fix="Run `make setup`") from error
    show(result.as_json(), output, lambda: text(result).rstrip())
    if result.blocked:
        raise typer.Exit(1)
