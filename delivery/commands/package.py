"""Build the zips that a stack deploys.

Exit codes: 0 built or up to date, 2 an unknown stack, 4 a tool or a package is missing.
"""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0])
def package(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack that the zips are for.")],
) -> None:
    from delivery.package import build  # noqa: PLC0415 - `qm --help` imports every command's module
    from delivery.places import Places  # noqa: PLC0415
    from delivery.targets import target_of  # noqa: PLC0415

    places = Places.here()
    for done in build(places, target_of(places, stack)):
        state = "up to date" if done.reused else "built"
        typer.echo(f"{done.path.relative_to(places.root)}  {done.size / 1e6:.1f} MB  {state}")
    typer.echo(f"Next: qm up --stack {stack}")
