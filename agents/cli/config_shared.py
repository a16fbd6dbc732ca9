"""What the commands of `qm config` share: their options, files in any format, what they print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from agents.errors import InvalidError, NotFoundError
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from agents.configuration.documents import Content, Version
    from agents.configuration.formats import Format, Parsed
    from agents.configuration.publish import Publisher
    from agents.errors import Problem

STDIN: Final = "-"
HEAD: Final = "head"
_DIGITS: Final = 9  # of a version's number

Key: TypeAlias = Annotated[str, typer.Argument(help="The document, like agent/inventory.")]
Layer: TypeAlias = Annotated[str, typer.Option(help="base, env:ENVIRONMENT or instance:ID.")]
Message: TypeAlias = Annotated[str, typer.Option("-m", "--message", help="Why it changes.")]
Expected: TypeAlias = Annotated[
    int | None, typer.Option(min=0, help="The version that yours was made from; only a first one needs none.")
]
Instance: TypeAlias = Annotated[str | None, typer.Option(help="With the layer of this instance.")]
# The words of `formats.FORMATS`, which a command line that only prints help must not import.
Written: TypeAlias = Annotated[
    str | None, typer.Option("-f", "--format", metavar="json|yaml|toml", help="How the document is written.")
]


def read_document(file: str, written: str | None) -> Parsed:
    """The document in a file or on stdin; raises with file, line and column of what is wrong."""
    from agents.configuration.formats import format_of, parse

    if file == STDIN:
        return parse(sys.stdin.buffer.read(), format_named(written or "json"), where="stdin")
    path = Path(file)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise NotFoundError(f"{file} cannot be read: {error.strerror}", fix="Check the path.") from error
    return parse(text, format_named(written) if written else format_of(file), where=file)


def format_named(name: str) -> Format:
    """A format by its name; raises InvalidError."""
    from agents.configuration.formats import FORMATS

    for one in FORMATS:
        if one == name.lower():
            return one
    raise InvalidError(f"there is no format {name[:32]!r}", fix=f"Formats: {', '.join(FORMATS)}.")


def expected_of(publisher: Publisher, key: str, layer: str, expected: int | None) -> int:
    """The version that a change says it was made from, 0 for a first one.

    Raises InvalidError when there is one and nothing was said: whoever wrote it would be written over unseen.
    """
    head = None if expected is not None else publisher.head(key, layer)
    if head is None:
        return expected or 0
    fix = (
        f"Write --expected NUMBER; {head.number} if that is the one: qm config diff {key} previous head --layer {layer}"
    )
    raise InvalidError(f"what was it made from? {plain(_newest(head))}", fix=fix)


def taken_back(publisher: Publisher, key: str, layer: str, expected: str | None) -> int | None:
    """The version that a rollback takes back, None for whatever is the newest; raises InvalidError when unsaid."""
    if expected == HEAD:
        return None
    if expected is not None:
        if not (expected.isascii() and expected.isdigit() and len(expected) <= _DIGITS):
            raise InvalidError(f"{expected[:32]!r} is no version", fix=f"Write --expected NUMBER, or {HEAD}.")
        return int(expected)
    head = publisher.head(key, layer)
    if head is None:
        raise NotFoundError(f"{key} has no layer {layer!r}", fix="See `qm config list`.")
    fix = f"Write --expected {head.number} to take that one back, or --expected {HEAD} for whatever is there."
    raise InvalidError(f"what is taken back? {plain(_newest(head))}", fix=fix)


def _newest(head: Version) -> str:
    return f"{head.key} ({head.layer}) is at version {head.number}, by {head.author}: {head.message}"


def about(version: Version) -> dict[str, object]:
    """A version without its content, as JSON and YAML show it."""
    return {
        "key": version.key,
        "layer": version.layer,
        "number": version.number,
        "digest": version.digest,
        "author": version.author,
        "message": version.message,
        "created_at": rfc3339(version.created_at),
    }


def line(version: Version) -> str:
    """A version in a line."""
    return plain(f"{version.key} ({version.layer}) version {version.number}, {version.digest[:19]}: {version.message}")


def plain(text: str) -> str:
    """A line in which nothing that somebody wrote moves the cursor."""
    return "".join(character if character.isprintable() else "?" for character in text)


def say_warnings(warnings: tuple[Problem, ...]) -> None:
    """What the author should know, on stderr."""
    for one in warnings:
        where = " ".join(filter(None, (one.where, one.pointer)))
        typer.echo(plain(f"warning: {where}: {one.message}. {one.fix}".rstrip()), err=True)


def content_json(content: Content) -> str:
    """A document as a person reads it."""
    from agents.configuration.formats import dump

    return dump(content, "json").rstrip("\n")
