"""`qm config edit`: a document in your editor, with the comments you left in it."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agents.cli.config_shared import (
    Key,
    Layer,
    Message,
    about,
    format_named,
    line,
    say_warnings,
)
from agents.cli.on_laptop import Environment, platform
from agents.cli.output import Format as Shown
from agents.cli.output import Output, show
from agents.cli.owner_record import AUTHOR, record
from agents.errors import ConflictError, InvalidError, SetupError

if TYPE_CHECKING:
    from agents.cli.laptop import Laptop
    from agents.configuration.diff import Edit
    from agents.configuration.documents import Content
    from agents.configuration.formats import Format

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_EDITORS: Final = ("VISUAL", "EDITOR")


@app.command(epilog='Example: qm config edit agent/inventory --layer base -m "Fewer lines"')
def edit(
    ctx: typer.Context,
    key: Key,
    layer: Layer = "base",
    message: Message = "",
    written: Annotated[
        str, typer.Option("-f", "--format", metavar="toml|yaml|json", help="How you want to edit it.")
    ] = "toml",
    file: Annotated[
        Path | None, typer.Option(help="Your own text of it, brought up to date and kept with its comments.")
    ] = None,
    environment: Environment = "dev",
    output: Output = Shown.TABLE,
) -> None:
    """Open a document in $EDITOR and publish what you changed, unless somebody was faster.

    Comments are not part of a version: they stay in your text, beside this laptop's store or in --file.
    """
    from agents.access.roles import Action
    from agents.configuration.diff import diff
    from agents.configuration.documents import Draft
    from agents.configuration.formats import format_of, parse

    form = format_of(str(file)) if file else format_named(written)
    laptop = platform(ctx, environment)
    head = laptop.publisher.head(key, layer)
    before: Content = head.content if head else {}
    kept = file or _kept(laptop, key, layer, form)
    text, form = _current(kept, before, form)
    path = kept.with_suffix(f".{form}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    _open(path)
    try:
        content = parse(path.read_bytes(), form, where=str(path)).content
        edits = diff({**before}, {**content})
        if not edits and head is not None:
            typer.echo(f"Nothing changed, so nothing was published. Next: qm config get {key} --layer {layer}")
            return
        draft = Draft(
            key=key,
            layer=layer,
            content=content,
            author=AUTHOR,
            message=message or _about(edits),
            expected=head.number if head else 0,
        )
        record(laptop.audit_log, Action.WRITE_CONFIG, key)
        done = laptop.publisher.publish_many([draft])
    except (InvalidError, ConflictError) as error:
        # Kept where the next edit would find it, it would be taken for what was published.
        left = path if file else path.rename(path.with_name(f"refused-{path.name}"))
        following = f"qm config put {key} {left} --layer {layer} --expected NUMBER -m ..."
        typer.echo(f"Your text is in {left}. Next: {following}", err=True)
        raise error from None
    say_warnings(done.warnings)
    version = done.versions[0]
    show(about(version), output, lambda: f"{line(version)}\nNext: qm config diff {key} --layer {layer}")


def _kept(laptop: Laptop, key: str, layer: str, form: Format) -> Path:
    """Where the text of the last edit is."""
    return laptop.home / "edits" / layer.replace(":", "-") / f"{key}.{form}"


def _current(kept: Path, content: Content, form: Format) -> tuple[str, Format]:
    """The document as a text: that of the last edit with what changed since, so that its comments stay."""
    from agents.configuration.diff import diff
    from agents.configuration.formats import dump, parse
    from agents.configuration.formats_edit import edit_text

    if kept.is_file():
        try:
            old = parse(kept.read_bytes(), form, where=str(kept))
            return edit_text(old.text, form, diff({**old.content}, {**content})), form
        except InvalidError:  # a text that does not read is of no use; the store's is right
            pass
    try:
        return dump(content, form), form
    except InvalidError:  # TOML has no null
        return dump(content, "yaml"), "yaml"


def _open(path: Path) -> None:
    editor = next((found for name in _EDITORS if (found := os.environ.get(name))), "vi")
    try:
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)  # noqa: S603 - the owner's own editor
    except (OSError, ValueError) as error:
        raise SetupError(f"the editor {editor!r} cannot be started", fix="Set EDITOR to one that is here.") from error
    if done.returncode:
        raise SetupError(f"the editor {editor!r} ended with {done.returncode}", fix="Nothing was published.")


def _about(edits: tuple[Edit, ...]) -> str:
    paths = ", ".join(edit.path or "/" for edit in edits[:5])
    return f"Edit {paths}{' and more' if len(edits) > 5 else ''}"[:1_000]  # noqa: PLR2004 - as above
