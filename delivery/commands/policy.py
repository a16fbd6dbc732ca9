"""List the policy pack's rules, whose checks they cover, and what is wrong with its configuration.

Exit codes: 0 shown, or nothing is wrong, 2 something is wrong or the profile is unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, no_args_is_help=True)

Folder = Annotated[
    Path | None,
    typer.Option("--cwd", "-C", help="Read the project in this folder instead of this one.", show_default=False),
]


@app.command(epilog="Example: qm policy rules --profile prod -o json")
def rules(
    profile: Annotated[str, typer.Option("--profile", help="Show the levels of a profile: dev, staging, prod.")] = "",
    cwd: Folder = None,
    output: Output = Format.TABLE,
) -> None:
    """List every rule with its severity, level, services, and the checks elsewhere that it covers."""
    from delivery.places import Places
    from delivery.policy_report import listed, rules_text

    found = listed(cwd.resolve() if cwd else Places.here().root, profile)
    show([one.as_json() for one in found], output, lambda: rules_text(found))


@app.command(epilog="Example: qm policy mapping -o json")
def mapping(output: Output = Format.TABLE) -> None:
    """Say for each check of other packs which rule asks the same here, or why none does."""
    from delivery import policy_mapping
    from delivery.policy_report import mapping_text

    found = policy_mapping.mapping()
    show({f"{one.pack}:{one.id}": one.as_json() for one in found}, output, lambda: mapping_text(found))


@app.command(epilog="Example: qm policy check")
def check(cwd: Folder = None, output: Output = Format.TABLE) -> None:
    """Name everything that is wrong with profiles, exemptions and data, with file and line."""
    from delivery.places import Places
    from delivery.policy_report import problems

    found = problems(cwd.resolve() if cwd else Places.here().root, datetime.now(UTC).date())
    show({"problems": list(found)}, output, lambda: "\n".join(found) or "Nothing is wrong.")
    if found:
        raise typer.Exit(2)
