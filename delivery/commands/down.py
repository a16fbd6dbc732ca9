"""Remove a stack; with the stack local also its emulator and all that it kept.

A stack with features.vpc takes up to 45 minutes: Lambda lets go of its network interfaces only some time after the
functions, and subnets wait for them. Running it again goes on where it ended.

Exit codes: 0 removed, 2 an unknown stack, 4 something is missing or failed.
"""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help=(__doc__ or "").partition("\n")[0],
    epilog="With features.vpc up to 45 minutes: Lambda keeps network interfaces. Example: qm down --stack local",
)
def down(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack to remove.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; the stack local never asks.")] = False,
) -> None:
    from delivery import cloud_stack, local_stack
    from delivery.places import Places

    places = Places.here()
    if stack != local_stack.STACK:
        cloud_stack.down(places, stack, yes=yes)
        return
    local_stack.down(places, typer.echo)
    typer.echo("Nothing is left. Again: qm up --stack local")
