"""Show what a stack would deploy, checked by the policies: no engine, no credentials.

Exit codes: 0 clean, 1 mandatory findings or defects, 2 an unknown stack or revision, settings that are refused or an
exemption that has run out, 4 something is missing or a report cannot be written.
"""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=(__doc__ or "").partition("\n")[0], epilog="Example: qm plan --stack prod --against main")
def plan(
    stacks: Annotated[
        list[str], typer.Option("--stack", "-s", help="The stack whose file is planned; give it again for more stacks.")
    ],
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", "-C", help="Plan the project in this folder instead of this one.", show_default=False),
    ] = None,
    tree: Annotated[bool, typer.Option("--tree", help="Show every resource, however many there are.")] = False,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="REV", help="Also show what differs from this git revision."),
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option("--sarif", metavar="FILE", help="Write the findings as SARIF 2.1.0.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write a comment for a pull request.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML, a case a rule.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    from agents.errors import SetupError

    gc.disable()  # half a second of looking through the SDK's classes, for a process that ends with its report
    try:
        from delivery import plan as plans
        from delivery.reports import everything, files

        files.check({"--sarif": sarif, "--markdown": markdown, "--junit": junit})
        folder = cwd.resolve() if cwd else plans.FOLDER
        today = datetime.now(UTC).date()
        results = [plans.plan(stack, folder, today=today) for stack in dict.fromkeys(stacks)]
        report = everything.Report(results, everything.compared(results, folder, against, today))
    except ModuleNotFoundError as error:
        raise SetupError(f"the package {error.name} is not installed", fix="Run `make setup`") from error
    report.write(sarif=sarif, markdown=markdown, junit=junit)
    told = report.as_json()
    show(told[0] if len(told) == 1 else told, output, lambda: report.text(tree=tree))
    if code := max(result.exit_code for result in results):
        raise typer.Exit(code)
