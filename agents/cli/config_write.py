"""`qm config put, publish, validate, rollback, label, promote`: changes, each checked before it is stored."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agents.cli.config_shared import (
    STDIN,
    Expected,
    Key,
    Layer,
    Message,
    Written,
    about,
    expected_of,
    line,
    read_document,
    say_warnings,
    taken_back,
)
from agents.cli.on_laptop import Environment, platform
from agents.cli.output import Format, Output, columns, show
from agents.cli.owner_file import new_file
from agents.cli.owner_record import AUTHOR, record
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from agents.configuration.publish import Published

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_WRONG: Final = 1  # the exit code of findings
_NEXT: Final = "Agents use it from their next answer on. Next: qm config status"


@app.command(epilog='Example: qm config put agent/inventory inventory.json --expected 2 -m "Show ten lines"')
def put(
    ctx: typer.Context,
    key: Key,
    message: Message,
    file: Annotated[str, typer.Argument(help="The whole content as JSON, YAML or TOML; - reads stdin.")] = STDIN,
    layer: Layer = "base",
    written: Written = None,
    expected: Expected = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Publish a document from a file or stdin, in any format, unless another version came after the expected one."""
    made_from = None if expected is None else [expected]
    _publish(ctx, [(key, file)], message, layer, written, made_from, environment, output)


@app.command(
    epilog="Example: "
    'qm config publish agent/inventory inventory.json agent/sql sql.yaml --expected 3 --expected 1 -m "Both at once"'
)
def publish(
    ctx: typer.Context,
    what: Annotated[
        list[str], typer.Argument(metavar="KEY FILE [KEY FILE]...", help="Documents, each with its whole content.")
    ],
    message: Message,
    layer: Layer = "base",
    written: Written = None,
    expected: Annotated[
        list[int] | None,
        typer.Option(min=0, help="The version that a document was made from, 0 for none; again for each, in order."),
    ] = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Publish new versions of one document or several, all or none; agents use them from their next answer on."""
    if len(what) % 2:
        raise InvalidError(f"{what[-1]} has no file", fix="Write KEY FILE for each document.")
    pairs = list(zip(what[::2], what[1::2], strict=True))
    if expected and len(expected) != len(pairs):
        fix = "Write it once for each, in their order; 0 for a first version."
        raise InvalidError(f"--expected is there {len(expected)} times for {len(pairs)} documents", fix=fix)
    _publish(ctx, pairs, message, layer, written, expected or None, environment, output)


@app.command(epilog="Example: qm config validate agent/inventory inventory.json")
def validate(
    ctx: typer.Context,
    key: Key,
    file: Annotated[str, typer.Argument(help="The whole content as JSON, YAML or TOML; - reads stdin.")] = STDIN,
    layer: Layer = "base",
    written: Written = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Say everything that is wrong with a document and publish nothing; exit 1 when there is something."""
    import dataclasses

    from agents.configuration.documents import Draft
    from agents.configuration.problems import errors

    parsed = read_document(file, written)
    publisher = platform(ctx, environment).publisher
    draft = Draft(key=key, layer=layer, content=parsed.content, author=AUTHOR, message="", expected=0)
    own = f"{key} ({layer})"
    found = [
        dataclasses.replace(one, where=parsed.place(one.pointer)) if one.where == own else one
        for one in publisher.validate(draft)
    ]
    wrong = errors(found)

    def text() -> str:
        lines = [
            f"{'error' if one in wrong else 'warning'}: {one.where} {one.pointer}: {one.message}. {one.fix}".rstrip()
            for one in found
        ]
        following = f'Next: qm config put {key} {file} --layer {layer} --expected NUMBER -m "..."'
        return "\n".join([*lines, "Mend these first." if wrong else f"It is valid. {following}"])

    show({"valid": not wrong, "problems": [one.as_json() for one in found]}, output, text)
    if wrong:
        raise typer.Exit(_WRONG)


@app.command(epilog='Example: qm config rollback agent/inventory --to previous --expected head -m "It was wrong"')
def rollback(
    ctx: typer.Context,
    key: Key,
    to: Annotated[str, typer.Option(help="A number, a label, a time, or previous.")] = "previous",
    message: Message = "",
    layer: Layer = "base",
    expected: Annotated[
        str | None, typer.Option(metavar="NUMBER|head", help="The version that is taken back; head for whatever is it.")
    ] = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Publish an old version's content again, if it is still valid; say which protected labels stay behind."""
    from agents.access.roles import Action
    from agents.configuration.publish import Wish

    laptop = platform(ctx, environment)
    number = taken_back(laptop.publisher, key, layer, expected)
    record(laptop.audit_log, Action.WRITE_CONFIG, key)
    wish = Wish(key=key, layer=layer, author=AUTHOR, message=message, expected=number or 0)
    _show(laptop.publisher.rollback(wish, to=to, whatever=number is None), output)


@app.command(epilog="Example: qm config label agent/inventory stable head")
def label(
    ctx: typer.Context,
    key: Key,
    name: Annotated[str | None, typer.Argument(help="The label; all are listed if left out.")] = None,
    version: Annotated[str, typer.Argument(help="A number, label, time, head or previous.")] = "head",
    layer: Layer = "base",
    remove: Annotated[bool, typer.Option("--remove", help="Take the label away.")] = False,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Let a label name a version, or list the labels."""
    from agents.access.roles import Action
    from agents.configuration.documents import LabelMove

    laptop = platform(ctx, environment)
    labels = laptop.publisher.labels(key, layer)
    if name is None:
        rows = [("LABEL", "VERSION"), *((one, str(number)) for one, number in labels.items())]
        following = f"Next: qm config label {key} NAME VERSION --layer {layer}"
        show(dict(labels), output, lambda: f"{columns(rows) if labels else 'No label is here.'}\n{following}")
        return
    if remove and name not in labels:
        raise NotFoundError(f"{key} ({layer}) has no label {name!r}", fix=f"List them: qm config label {key}.")
    number = 0 if remove else laptop.publisher.find(key, layer, version).number
    move = LabelMove(
        key=key, layer=layer, label=name, number=number, expected=labels.get(name, 0), author=AUTHOR
    )  # fmt: skip
    action = Action.LABEL_CONFIG if name in laptop.publisher.protected else Action.WRITE_CONFIG
    record(laptop.audit_log, action, f"{key}#{name}")
    laptop.publisher.label(move)
    said = f"{name} names no version any more" if remove else f"{name} names version {number}"
    shown = {"key": key, "layer": layer, "label": name, "number": number}
    show(shown, output, lambda: f"{key} ({layer}): {said}.\nNext: qm config history {key} --layer {layer}")


@app.command(epilog="Example: qm config promote agent/inventory --layer env:dev --to staging")
def promote(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="KEY|FILE", help="A document, or a file that --out wrote.")],
    to: Annotated[str | None, typer.Option(help="The environment that takes it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it into this new file, for another stack.")] = None,
    version: Annotated[str, typer.Option(help="A number, label, time, head or previous.")] = "head",
    layer: Layer = "base",
    message: Message = "",
    expected: Expected = None,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Carry a version to another environment, or into a file: its digest stays the same."""
    import json

    from agents.access.roles import Action
    from agents.configuration.promote import Promotion, draft, read_promotion, target_layer

    if (to is None) == (out is None):
        raise InvalidError("say where it goes", fix="Write --to ENVIRONMENT, or --out FILE.")
    if Path(what).is_file():
        promotion = read_promotion(read_document(what, None).content)
    else:
        promotion = Promotion.of(platform(ctx, environment).publisher.find(what, layer, version))
    if out is not None:
        with new_file(out) as file:  # as it is stored: nothing is masked, or its digest would be another
            file.write(json.dumps(promotion.as_content(), indent=2) + "\n")
        typer.echo(
            f"{promotion.key} {promotion.digest[:19]} is in {out}. Next: qm config promote {out} --to ENVIRONMENT"
        )
        return
    laptop = platform(ctx, str(to))
    target = target_layer(promotion.layer, str(to))
    number = expected_of(laptop.publisher, promotion.key, target, expected)
    record(laptop.audit_log, Action.WRITE_CONFIG, promotion.key)
    wanted = draft(promotion, environment=str(to), author=AUTHOR, message=message, expected=number)
    done = laptop.publisher.publish_many([wanted])
    _show(done, output)


def _publish(
    ctx: typer.Context,
    pairs: list[tuple[str, str]],
    message: str,
    layer: str,
    written: str | None,
    expected: list[int] | None,
    environment: str,
    output: Format,
) -> None:
    from agents.access.roles import Action
    from agents.configuration.documents import Draft

    parsed = [read_document(file, written) for _, file in pairs]
    laptop = platform(ctx, environment)
    drafts = [
        Draft(
            key=key,
            layer=layer,
            content=one.content,
            author=AUTHOR,
            message=message,
            expected=expected_of(laptop.publisher, key, layer, number),
        )
        for (key, _), one, number in zip(pairs, parsed, expected or repeat(None, len(pairs)), strict=True)
    ]
    record(laptop.audit_log, Action.WRITE_CONFIG, *(draft.key for draft in drafts))
    _show(laptop.publisher.publish_many(drafts), output)


def _show(done: Published, output: Format) -> None:
    say_warnings(done.warnings)
    shown = [about(version) for version in done.versions]
    show(
        shown if len(shown) > 1 else shown[0],
        output,
        lambda: "\n".join([*map(line, done.versions), _NEXT]),
    )
