"""Ask a deployed stack each persona's question and compare the answer with a laptop's.

Exit codes: 0 all the same, 1 a difference, 2 a stack that cannot be verified, 4 the stack is not up.
"""

from __future__ import annotations

from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0], epilog="Example: qm verify --stack local")
def verify(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Only `local`: others have people of their own.")],
    output: Output = Format.TABLE,
) -> None:
    import dataclasses

    from agents.errors import InvalidError
    from delivery import verify as verifying
    from delivery.local_stack import STACK
    from delivery.places import Places

    if stack != STACK:
        raise InvalidError(f"the stack {stack!r} holds no sample data to compare with", fix="Verify the stack local.")
    checks = verifying.verify(Places.here())

    def table() -> str:
        lines = []
        for check in checks:
            verdict = "same     " if check.same else "DIFFERENT"
            lines += [
                f"{verdict}  {check.persona:<23} {check.elapsed_ms:>6.0f} ms  {check.question}",
                f"           {check.detail}",
            ]
        return "\n".join([*lines, "Next: qm down --stack local"])

    show({"checks": [dataclasses.asdict(check) for check in checks]}, output, table)
    if not all(check.same for check in checks):
        raise typer.Exit(1)
