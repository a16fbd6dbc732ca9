"""Back up, restore, export, import and prune all that is configured, on this laptop or in a deployed stack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import typer

from agents.cli.on_stack import Stack, StackGroup, choose
from agents.cli.output import Format, Output, columns, show
from agents.cli.owner_file import new_file
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agents.configuration.documents import Address
    from agents.configuration.retention import Retention

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, no_args_is_help=True)

_STDIO: Final = "-"
_MOST_LINE: Final = 4 * 1024 * 1024  # of an export: a document has up to 256 KiB


class StoreFiles(Protocol):
    """A store, as files. Each raises QuartermasterError with what to do."""

    def backup(self, target: Path) -> None:
        """Copies the store while it is used."""

    def restore(self, source: Path) -> int:
        """Puts a backup in the place of a store that is not there; how many documents it holds."""

    def export(self) -> Iterator[str]:
        """Every version and label as lines, from the first to a last one that proves them."""

    def load(self, lines: Iterable[str]) -> int:
        """Fills a store that is not there from an export; how many versions it holds."""

    def prune(self, keep: Retention, *, forget: bool) -> Mapping[Address, int]:
        """How many versions of each layer nothing needs any more; they are gone when `forget`."""


class Factory(Protocol):
    """What hands over the laptop also hands over its store's files, without making what is not there."""

    def store_files(self) -> StoreFiles: ...


@app.callback(cls=StackGroup, help=__doc__)
def store(ctx: typer.Context, stack: Stack = None) -> None:
    choose(ctx, stack)


@app.command(epilog="Example: qm store backup before.db")
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to make; it must not be there.")],
    output: Output = Format.TABLE,
) -> None:
    """Copy the store as it is at this moment, while it is used."""
    _files(ctx).backup(file)
    size = file.stat().st_size
    show(
        {"file": str(file), "bytes": size},
        output,
        lambda: f"{file} has {size:,} bytes, and was checked.\nNext: qm store restore {file}, where there is no store",
    )


@app.command(epilog="Example: qm store restore before.db")
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    output: Output = Format.TABLE,
) -> None:
    """Put a backup in the place of a store that is not there."""
    count = _files(ctx).restore(file)
    show({"documents": count}, output, lambda: f"{count:,} documents are back.\nNext: qm config list")


@app.command(epilog="Example: qm store export everything.jsonl")
def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="The file to make; - writes to stdout.")] = _STDIO,
) -> None:
    """Write every version and label as lines of JSON, which any store can take."""
    lines = _files(ctx).export()
    if file == _STDIO:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        return
    count = 0
    with new_file(file) as out:
        for line in lines:
            out.write(f"{line}\n")
            count += 1
    typer.echo(f"{count:,} lines are in {file}.\nNext: qm store import {file}, where there is no store")


@app.command("import", epilog="Example: qm store import everything.jsonl")
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="An export; - reads stdin.")] = _STDIO,
    output: Output = Format.TABLE,
) -> None:
    """Fill a store that is not there from an export: numbers, times and digests stay."""
    files = _files(ctx)
    if file == _STDIO:
        count = files.load(_lines(sys.stdin))
    else:
        try:
            with Path(file).open(encoding="utf-8", errors="replace") as source:
                count = files.load(_lines(source))
        except OSError as error:
            raise NotFoundError(f"{file} cannot be read: {error.strerror}", fix="Check the path.") from error
    show({"versions": count}, output, lambda: f"{count:,} versions are here.\nNext: qm config list")


@app.command(epilog="Example: qm store prune --days 120")
def prune(
    ctx: typer.Context,
    versions: Annotated[int, typer.Option(min=1, help="The newest that many of each layer stay.")] = 100,
    days: Annotated[int, typer.Option(min=1, help="What was in force within that many days stays.")] = 90,
    yes: Annotated[bool, typer.Option("--yes", help="Forget them; without it they are only counted.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Count the old versions that nothing needs, or forget them: what is live, labelled or run stays, however old."""
    from agents.configuration.retention import Retention

    found = _files(ctx).prune(Retention(versions=versions, days=days), forget=yes)
    total = sum(found.values())
    rows = [("DOCUMENT", "LAYER", "VERSIONS"), *((*address, f"{count:,}") for address, count in sorted(found.items()))]
    following = "are gone.\nNext: qm config list" if yes else "would be gone.\nNext: qm store prune --yes"
    listed = [{"key": key, "layer": layer, "versions": count} for (key, layer), count in sorted(found.items())]
    show(
        {"forgotten": yes, "layers": listed},
        output,
        lambda: "\n".join([*([columns(rows)] if found else []), f"{total:,} old versions {following}"]),
    )


def _files(ctx: typer.Context) -> StoreFiles:
    build: Factory = ctx.obj
    return build.store_files()


def _lines(source: Iterable[str]) -> Iterator[str]:
    for line in source:
        if len(line) > _MOST_LINE:
            raise InvalidError("a line is too long for an export", fix="Export it again.")
        yield line
