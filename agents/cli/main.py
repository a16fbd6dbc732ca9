"""`qm`: a command is an entry point of the group `quartermaster.commands`, imported when it is used.

The list of commands costs no imports: a command's one-line help is the first line of its module's docstring.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Protocol, cast

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from agents.cli.laptop import LaptopFactory


class HelpFormatter(Protocol):
    """The part of Typer's formatter that we use; its class is private."""

    def section(self, name: str) -> AbstractContextManager[None]: ...
    def write_dl(self, rows: list[tuple[str, str]]) -> None: ...


GROUP: Final = "quartermaster.commands"


class Commands(TyperGroup):
    """The commands of this distribution. Those of others are not looked for: the command line holds credentials."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002 - Typer's own
        return sorted(_entry_points())

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | TyperGroup | None:  # type: ignore[override]  # noqa: ARG002 - Typer's own
        entry = _entry_points().get(cmd_name)
        if entry is None:
            return None
        command = typer.main.get_command(importlib.import_module(entry.module).app)
        command.name = cmd_name
        return cast("TyperCommand | TyperGroup", command)

    def format_commands(self, ctx: typer.Context, formatter: HelpFormatter) -> None:  # type: ignore[override]  # noqa: ARG002 - the same
        rows = [(name, _summary(entry.module)) for name, entry in sorted(_entry_points().items())]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    found = importlib.metadata.distribution("quartermaster").entry_points.select(group=GROUP)
    return {entry.name: entry for entry in found}


def _summary(module: str) -> str:
    """The first line of a module's docstring, read without running the module."""
    root = Path(__file__).resolve().parents[2]
    source = root.joinpath(*module.split(".")).with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(source.read_bytes())) if source.is_file() else ""
    return (docstring or "").partition("\n")[0]


def build(laptop: LaptopFactory) -> Callable[..., object]:
    """The whole command line; `laptop` builds the platform for the commands that need one."""
    root = typer.Typer(
        cls=Commands,
        rich_markup_mode=None,
        add_completion=False,
        no_args_is_help=True,
        epilog="Next: `qm ask --help`, or `make demo` for everything at once.",
        context_settings={"help_option_names": ["-h", "--help"], "obj": laptop},
    )

    @root.callback(help="Quartermaster: supply-chain agents in your AWS account, or whole on this laptop.")
    def qm(
        *,
        version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
    ) -> None:
        del version  # its callback has printed it

    return typer.main.get_command(root)


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"qm {importlib.metadata.version('quartermaster')}")
        raise typer.Exit
