"""Show everything at once: plan, server, one question for each persona."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=__doc__, epilog="Then: open the URL it prints, or ask more with `qm ask`.")
def demo(
    leave: Annotated[bool, typer.Option("--exit", help="Stop the server after the answers.")] = False,
    port: Annotated[int, typer.Option(help="Another free port is taken when this one is in use.")] = 8080,
) -> None:
    from delivery.demo import run_demo

    run_demo(port=port, leave=leave)
