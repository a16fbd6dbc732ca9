"""`qm config list, get, history, explain, at, diff`: what is there, what was, and what changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agents.cli.config_shared import (
    HEAD,
    Instance,
    Key,
    Layer,
    Written,
    about,
    content_json,
    format_named,
    line,
    plain,
    read_document,
)
from agents.cli.on_laptop import Environment, platform
from agents.cli.output import Format, Output, columns, show
from agents.errors import InvalidError, NotFoundError
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from agents.configuration.documents import Content, Version
    from agents.configuration.explain import Source
    from agents.configuration.layers import Effective
    from agents.configuration.publish import Publisher

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_DIFFERENT: Final = 1  # the exit code of `diff --exit-code`
_UUID: Final = 36
_FILES: Final = (".json", ".yaml", ".yml", ".toml")


@app.command("list", epilog="Example: qm config list")
def list_(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only documents of this kind.")] = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """List the documents and their newest versions."""
    publisher = platform(ctx, environment).publisher
    heads = [
        head
        for head in publisher.store.heads()
        if head is not None and kind in {None, head.key.partition("/")[0]}
    ]  # fmt: skip
    rows = [
        (
            one.key,
            one.layer,
            str(one.number),
            one.digest[7:19],
            rfc3339(one.created_at),
            plain(f"{one.author}: {one.message}"),
        )
        for one in heads
    ]
    table = columns([("DOCUMENT", "LAYER", "VERSION", "DIGEST", "PUBLISHED", "BY"), *rows])
    show([about(one) for one in heads], output, lambda: f"{table}\nNext: qm config get {_first(heads)}")


@app.command(epilog="Example: qm config get agent/inventory -o json > inventory.json")
def get(
    ctx: typer.Context,
    key: Key,
    layer: Layer = "base",
    version: Annotated[str, typer.Option(help="A number, label, time, head or previous.")] = HEAD,
    effective: Annotated[bool, typer.Option("--effective", help="All layers as one, as it runs.")] = False,
    instance: Instance = None,
    written: Written = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Print one layer of a document, or what runs."""
    from agents.configuration.formats import dump

    publisher = platform(ctx, environment).publisher
    if effective or instance:
        found = publisher.effective(key, instance=instance)
        content, said = publisher.shown(key, found.content), _runs(found)
    else:
        if version == HEAD and publisher.head(key, layer) is None:
            raise NotFoundError(f"{key} has no layer {layer!r}", fix="Publish one with `qm config put`.")
        one = publisher.find(key, layer, version)
        content, said = publisher.shown(key, one.content), line(one)
        if version == HEAD and (written or output is not Format.TABLE):  # where what is printed does not say it
            following = f"Next: qm config put {key} FILE --layer {layer} --expected {one.number} -m ..."
            typer.echo(f"{said}\n{following}", err=True)
    if written:
        typer.echo(dump(content, format_named(written)), nl=False)
    else:
        show(content, output, lambda: f"{said}\n{content_json(content)}\nNext: qm config edit {key} --layer {layer}")


@app.command(epilog="Example: qm config history agent/inventory --limit 5")
def history(
    ctx: typer.Context,
    key: Key,
    layer: Layer = "base",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="The newest that many.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Only versions below this number.")] = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """List the versions of a layer with their labels, newest first."""
    publisher = platform(ctx, environment).publisher
    found = publisher.history(key, layer, before=before, limit=limit)
    if not found:
        raise NotFoundError(f"{key} has no layer {layer!r}", fix="See `qm config list`.")
    names: dict[int, list[str]] = {}
    for label, number in publisher.labels(key, layer).items():
        names.setdefault(number, []).append(label)
    rows = [
        (
            str(one.number),
            one.digest[7:19],
            rfc3339(one.created_at),
            ",".join(names.get(one.number, ())) or "-",
            plain(f"{one.author}: {one.message}"),
        )
        for one in found
    ]
    table = columns([("VERSION", "DIGEST", "PUBLISHED", "LABELS", "BY"), *rows])
    listed = [{**about(one), "labels": names.get(one.number, [])} for one in found]
    show(listed, output, lambda: f"{table}\nNext: qm config diff {key} --layer {layer}")


@app.command(epilog="Example: qm config explain agent/inventory /limits/turns")
def explain(
    ctx: typer.Context,
    key: Key,
    pointer: Annotated[str, typer.Argument(help="Of the value, such as /limits/turns.")],
    instance: Instance = None,
    at: Annotated[str | None, typer.Option(help="As it was then, such as 2026-06-30T12:00:00Z.")] = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Say which layer a value comes from, and what it covers."""
    publisher = platform(ctx, environment).publisher
    source = publisher.explain(key, pointer, instance=instance, at=_moment(at) if at else None)
    show(source.as_json(), output, lambda: _explained(source, key))


@app.command(epilog="Example: qm config at agent/inventory 2030-01-01T00:00:00Z")
def at(
    ctx: typer.Context,
    key: Key,
    when: Annotated[str, typer.Argument(help="A time, or the message_id of an answer, which holds its time.")],
    digest: Annotated[
        str | None, typer.Option(help="The config_version of the answer: only what has this digest is shown.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Only this layer, as it was then.")] = None,
    instance: Instance = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Print what ran at a time, or the very configuration that an answer came from."""
    import dataclasses

    publisher = platform(ctx, environment).publisher
    moment_ = _moment(when)
    if layer is not None:
        one = publisher.at(key, layer, moment_)
        content = publisher.shown(key, one.content)
        show(content, output, lambda: f"{line(one)}\n{content_json(content)}")
        return
    found = (
        publisher.answered(key, digest, at=moment_, instance=instance)
        if digest
        else publisher.effective(key, instance=instance, at=moment_)
    )
    found = dataclasses.replace(found, content=publisher.shown(key, found.content))
    proven = " It has the digest of the answer." if digest else ""
    show(found.as_json(), output, lambda: f"{_runs(found)}.{proven}\n{content_json(found.content)}")


@app.command(epilog="Example: qm config diff agent/inventory previous head --layer env:dev")
def diff(
    ctx: typer.Context,
    key: Key,
    old: Annotated[str, typer.Argument(help="A number, label, time, head, previous, or a file.")] = "previous",
    new: Annotated[str, typer.Argument(help="The same.")] = "head",
    layer: Layer = "base",
    to_layer: Annotated[str | None, typer.Option(help="The layer of the second; --layer if left out.")] = None,
    side_by_side: Annotated[bool, typer.Option("--side-by-side", "-y", help="Both next to each other.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 when they differ.")] = False,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Compare two versions, labels or files; secrets are masked."""
    from agents.configuration.diff import diff as edits_of
    from agents.configuration.diff_text import masked_edits, unified
    from agents.configuration.diff_text import side_by_side as beside

    publisher = platform(ctx, environment).publisher
    one, one_name = _side(publisher, key, layer, old)
    other, other_name = _side(publisher, key, to_layer or layer, new)
    secret = publisher.secret(key)
    edits = masked_edits(edits_of({**one}, {**other}), secret)

    def text() -> str:
        if not edits:
            return "They are the same."
        if side_by_side:
            shown = beside(one, other, width=shutil.get_terminal_size((160, 24)).columns, secret=secret)
        else:
            shown = unified(one, other, names=(one_name, other_name), secret=secret)
        return f"{shown.rstrip()}\nNext: qm config rollback {key} --layer {layer} --expected {HEAD}"

    show([{"op": edit.op, "path": edit.path, "old": edit.old, "new": edit.new} for edit in edits], output, text)
    if edits and exit_code:
        raise typer.Exit(_DIFFERENT)


def _side(publisher: Publisher, key: str, layer: str, ref: str) -> tuple[Content, str]:
    """The content that a reference or a file holds, and its name."""
    if ref.endswith(_FILES) or Path(ref).is_file():
        return read_document(ref, None).content, ref
    found = publisher.find(key, layer, ref)
    return found.content, f"{key} ({layer}) version {found.number}"


def _moment(text: str) -> datetime:
    """A time, or that of an identifier which holds one."""
    from datetime import UTC, datetime
    from uuid import UUID

    from agents.configuration.as_of import read_time

    if len(text) != _UUID:
        return read_time(text)
    try:
        return datetime.fromtimestamp((UUID(text).int >> 80) / 1000, UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidError(f"{text!r} is neither a time nor a message_id", fix="See `qm ask -o json`.") from error


def _runs(found: Effective) -> str:
    layers = ", ".join(f"{name} version {number}" for name, number in found.versions.items())
    return f"{found.key} {found.digest[:19]} from {layers}"


def _explained(source: Source, key: str) -> str:
    lines = [_said(source), *(f"  covers {_said(one)}" for one in source.below)]
    own, _, layer = source.layer.partition("@")
    return "\n".join([*lines, f"Next: qm config history {own or key} --layer {layer}"])


def _said(source: Source) -> str:
    where = f" ({source.where})" if source.where else ""
    value = content_json({"value": source.value}).split(":", 1)[1].rstrip("}\n ").strip()
    return plain(f"{value} is {source.how} by {source.layer} version {source.version} at {source.inside or '/'}{where}")


def _first(heads: list[Version]) -> str:
    agents = (head.key for head in heads if head.key.startswith("agent/") and head.key != "agent/defaults")
    return next(agents, "agent/inventory")
