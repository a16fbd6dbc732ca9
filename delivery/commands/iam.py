"""Show which role may do what, under which condition, and which code needs it: no engine, no credentials.

Exit codes: 0 every grant is explained, 1 grants and code differ, 2 an unknown stack or settings that are refused,
4 something is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0], epilog="Example: qm iam --stack prod")
def iam(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack whose roles are shown.")],
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", "-C", help="Read the project in this folder instead of this one.", show_default=False),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    from agents.errors import SetupError

    try:
        from delivery.boto_calls import ROOT
        from delivery.iam_report import report
        from delivery.iam_text import text
        from delivery.recorder import record
        from delivery.stack_files import read_stack

        folder = cwd.resolve() if cwd else ROOT
        found = report(record(folder, read_stack(folder, stack)))
    except ModuleNotFoundError as error:
        raise SetupError(f"the package {error.name} is not installed", fix="Run `make setup`") from error
    show(found.as_json(), output, lambda: text(found))
    if found.wrong:
        raise typer.Exit(1)
