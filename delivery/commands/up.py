"""Deploy a stack with its policies; the stack local into an emulator on this machine.

Exit codes: 0 deployed, 2 an unknown stack or settings that are refused, 3 refused by a policy, 4 something is missing.
"""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0], epilog="Then: qm verify --stack local")
def up(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack to deploy.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; the stack local never asks.")] = False,
) -> None:
    from delivery import cloud_stack, local_stack
    from delivery.places import Places

    places = Places.here()
    if stack != local_stack.STACK:
        cloud_stack.up(places, stack, yes=yes)
        return
    outputs = local_stack.up(places, typer.echo)
    typer.echo(f"The API is at {outputs['api_url']}")
    typer.echo("Next: qm verify --stack local")
