"""Read and publish the configuration of the agents on this laptop."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.laptop import LaptopFactory
from agents.cli.output import Format, Output, show
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from agents.configuration.documents import Content, Version

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="The document, like agent/inventory.")]
Layer = Annotated[str, typer.Option(help="base, or env:ENVIRONMENT.")]
Environment = Annotated[str, typer.Option(help="The environment that the store serves, as for `qm serve`.")]


@app.command(epilog="Example: qm config get agent/inventory -o json > inventory.json")
def get(
    ctx: typer.Context,
    key: Key,
    layer: Layer = "base",
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Print one layer of a document."""
    build: LaptopFactory = ctx.obj
    head = build(environment=environment).publisher.head(key, layer)
    if head is None:
        raise NotFoundError(f"{key} has no layer {layer!r}", fix="Publish one with `qm config publish`.")
    show(head.content, output, lambda: f"{_line(head)}\n{json.dumps(head.content, indent=2)}")


@app.command(epilog='Example: qm config publish agent/inventory inventory.json -m "Show ten lines"')
def publish(
    ctx: typer.Context,
    key: Key,
    file: Annotated[Path, typer.Argument(help="The whole content, as JSON or TOML.")],
    message: Annotated[str, typer.Option("-m", "--message", help="Why it changes.")],
    layer: Layer = "base",
    environment: Environment = "dev",
    expected: Annotated[int | None, typer.Option(help="The version you made it from; the newest if left out.")] = None,
) -> None:
    """Publish a new version; running agents use it from their next answer on."""
    from agents.configuration.documents import Draft

    content = _read(file)
    build: LaptopFactory = ctx.obj
    publisher = build(environment=environment).publisher
    head = publisher.head(key, layer)
    number = expected if expected is not None else head.number if head else 0
    version = publisher.publish(
        Draft(key=key, layer=layer, content=content, author="qm", message=message, expected=number)
    )
    typer.echo(f"{_line(version)}\nAgents use it from their next answer on: qm ask ...")


def _line(version: Version) -> str:
    return f"{version.key} ({version.layer}) version {version.number}, {version.digest[:19]}: {version.message}"


def _read(file: Path) -> Content:
    try:
        text = file.read_text("utf-8")
        content = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise NotFoundError(f"{file} cannot be read: {error.strerror}", fix="Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidError(f"{file} is not {'TOML' if file.suffix == '.toml' else 'JSON'}: {error}") from error
    if not isinstance(content, dict):
        raise InvalidError(f"{file} holds no object", fix="Write the whole document, as `qm config get` prints it.")
    return content
