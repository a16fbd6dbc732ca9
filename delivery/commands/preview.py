"""Show what `qm up` would change, checked by the policies, with the engine.

Exit codes: 0 shown, 2 an unknown stack or settings that are refused, 3 refused by a policy, 4 something is missing
or, with --expect-no-changes, something would change.
"""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0], epilog="Without the engine: qm plan --stack dev")
def preview(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack to look at.")],
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="Fail when there is a change.")
    ] = False,
) -> None:
    from delivery import cloud_stack, local_stack
    from delivery.places import Places

    places = Places.here()
    if stack == local_stack.STACK:
        local_stack.preview(places, typer.echo, expect_no_changes=expect_no_changes)
    else:
        cloud_stack.preview(places, stack, expect_no_changes=expect_no_changes)
