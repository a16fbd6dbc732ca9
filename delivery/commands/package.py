"""Build the zips that a stack deploys.

Exit codes: 0 built or up to date, 2 an unknown stack, 4 a tool or a package is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0])
def package(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack that the zips are for.")],
    cwd: Annotated[
        Path | None,
        typer.Option(
            "--cwd", "-C", help="Build for the project in this folder instead of this one.", show_default=False
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    from delivery.package import build
    from delivery.places import Places
    from delivery.targets import target_of

    places = Places(cwd.resolve()) if cwd else Places.here()
    packages = [
        {
            "function": done.function,
            "path": done.path.relative_to(places.root).as_posix(),
            "bytes": done.size,
            "unpacked_bytes": done.unpacked,
            "digest": f"sha256:{done.sha256}",
            "inputs_digest": f"sha256:{done.digest}",
            "built": not done.reused,
        }
        for done in build(places, target_of(places, stack))
    ]

    def table() -> str:
        lines = [
            f"{one['path']}  {_mb(one['bytes'])}, unpacked {_mb(one['unpacked_bytes'])}"
            f"  {'built' if one['built'] else 'up to date'}"
            for one in packages
        ]
        return "\n".join([*lines, f"Next: qm up --stack {stack}"])

    show({"packages": packages}, output, table)


def _mb(size: object) -> str:
    return f"{int(str(size)) / 1e6:.1f} MB"
