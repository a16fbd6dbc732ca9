"""Show what a stack would deploy, checked by the policies: no engine, no credentials.

Exit codes: 0 clean, 1 mandatory findings or defects, 2 an unknown stack, settings that are refused or an exemption
that has run out, 4 something is missing.
"""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0])
def plan(
    stacks: Annotated[
        list[str], typer.Option("--stack", "-s", help="The stack whose file is planned; give it again for more stacks.")
    ],
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", "-C", help="Plan the project in this folder instead of this one.", show_default=False),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    from agents.errors import SetupError

    gc.disable()  # half a second of looking through the SDK's classes, for a process that ends with its report
    try:
        from delivery import plan as plans
        from delivery.plan_text import text

        folder = cwd.resolve() if cwd else plans.FOLDER
        today = datetime.now(UTC).date()
        results = [plans.plan(stack, folder, today=today) for stack in dict.fromkeys(stacks)]
    except ModuleNotFoundError as error:
        raise SetupError(f"the package {error.name} is not installed", fix="Run `make setup`") from error
    told = [result.as_json() for result in results]
    show(told[0] if len(told) == 1 else told, output, lambda: "\n".join(map(text, results)).rstrip())
    if code := max(result.exit_code for result in results):
        raise typer.Exit(code)
