"""Print a sign-in token for this laptop's server."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.cli.laptop import only_local
from agents.cli.on_laptop import platform

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=__doc__, epilog='Example: curl -H "Authorization: Bearer $(qm token --as operator)" ...')
def token(
    ctx: typer.Context,
    persona: Annotated[str, typer.Option("--as", help="A persona, or `operator`.")],
    stack: Annotated[str, typer.Option(help="Only `local`: elsewhere people sign in.")] = "local",
) -> None:
    only_local(stack)
    typer.echo(platform(ctx).token(persona))
