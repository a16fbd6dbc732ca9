"""Read and publish the configuration of the agents, on this laptop or in a deployed stack."""

from __future__ import annotations

import typer

from agents.cli import config_edit, config_read, config_status, config_write
from agents.cli.on_stack import Stack, StackGroup, choose

app = typer.Typer(
    help=__doc__,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    epilog="Next: `qm config list`, or docs/configuring.md for everything in order.",
)


@app.callback(cls=StackGroup, help=__doc__)
def config(ctx: typer.Context, stack: Stack = None) -> None:
    choose(ctx, stack)


for part in (config_read, config_write, config_edit, config_status):
    app.registered_commands += part.app.registered_commands
