"""Show every setting of a stack with the place that it comes from.

Exit codes: 0 shown, 2 an unknown stack or key, or settings that are refused.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0], epilog="Every key: docs/configuration.md")
def settings(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack whose settings are shown.")],
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", "-e", metavar="KEY", help="Explain one key, or a section of them.", show_default=False
        ),
    ] = None,
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", "-C", help="Read the project in this folder instead of this one.", show_default=False),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    from delivery import settings_report
    from delivery.places import Places
    from delivery.settings_text import text

    places = Places(cwd.resolve()) if cwd else Places.here()
    found = settings_report.report(places, stack, endpoint=os.environ.get("AWS_ENDPOINT_URL", ""))
    told = found if explain is None else found.only(explain)
    show(told.as_json(), output, lambda: text(told))
