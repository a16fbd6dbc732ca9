"""A whole store as lines of JSON, from any store into any other, and the same to the last digit.

The first line says what it is, each further one is a version or a label, the last one how many there were and the
digest of all lines before it: a file that was cut short is never taken for a whole one.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

from agents.configuration.documents import Version
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agents.configuration.ports import ConfigStore, StoreAdmin

FORMAT: Final = "quartermaster-store-1"
_PAGE: Final = 100


def export(store: ConfigStore) -> Iterator[str]:
    """The lines of a store, without their line ends. What is appended meanwhile may be in it or not, never in part."""
    proof = hashlib.sha256()
    count = 0
    for count, line in enumerate(_lines(store), 1):  # noqa: B007 - the last one is how many
        proof.update(line.encode() + b"\n")
        yield line
    yield _line({"end": {"lines": count, "sha256": proof.hexdigest()}})


def restore(lines: Iterable[str], into: StoreAdmin) -> int:
    """Fills an empty store from the lines of an export; how many versions there were.

    Raises InvalidError for what is not a whole export, ConflictError when the store is not empty.
    """
    versions, labels = read(lines)
    into.restore(versions, labels)
    return len(versions)


def copy(source: ConfigStore, into: StoreAdmin) -> int:
    """Fills an empty store from another; how many versions there were."""
    return restore(export(source), into)


def verify(store: ConfigStore) -> int:
    """Reads every version, which proves its digest, and every label; how many documents there are.

    Raises UnavailableError for a damaged version, InvalidError for a label that names none.
    """
    heads = [head for head in store.heads() if head is not None]
    for head in heads:
        numbers = {version.number for page in _pages(store, head) for version in page}
        for label, number in store.labels(head.key, head.layer).items():
            if number not in numbers:
                raise InvalidError(
                    f"{label} of {head.key} ({head.layer}) names version {number}, which is not there",
                    fix="Take another copy.",
                )
    return len(heads)


def read(lines: Iterable[str]) -> tuple[list[Version], dict[tuple[str, str, str], int]]:
    """The versions and labels of an export; raises InvalidError when it is not whole. A store checks digests."""
    proof, ended = hashlib.sha256(), False
    versions: list[Version] = []
    labels: dict[tuple[str, str, str], int] = {}
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if ended:
            raise _broken(number, "something follows its end")
        try:
            item = json.loads(text)
            if "end" in item:
                if item["end"] != {"lines": number - 1, "sha256": proof.hexdigest()}:
                    raise _broken(number, "lines before it were changed or are missing")
                ended = True
            elif number == 1:
                if item != {"format": FORMAT}:
                    raise _broken(number, f"it does not begin with {FORMAT}")
            elif "label" in item:
                one = item["label"]
                labels[str(one["key"]), str(one["layer"]), str(one["label"])] = int(one["number"])
            else:
                versions.append(_version(item["version"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _broken(number, "it is not a line of an export") from error
        proof.update(text.encode() + b"\n")
    if not ended:
        raise InvalidError("the export has no end: it was cut short", fix="Export it again.")
    return versions, labels


def _lines(store: ConfigStore) -> Iterator[str]:
    yield _line({"format": FORMAT})
    heads = [head for head in store.heads() if head is not None]
    for head in heads:
        # Labels first: what they name is at most the head that is read after them.
        labels = store.labels(head.key, head.layer)
        for page in _pages(store, head):
            for version in page:
                yield _line({"version": _told(version)})
        for label, number in labels.items():
            yield _line({"label": {"key": head.key, "layer": head.layer, "label": label, "number": number}})


def _pages(store: ConfigStore, head: Version) -> Iterator[tuple[Version, ...]]:
    before: int | None = None
    while page := store.history(head.key, head.layer, before=before, limit=_PAGE):
        yield page
        before = page[-1].number


def _told(version: Version) -> dict[str, object]:
    return {
        "key": version.key,
        "layer": version.layer,
        "number": version.number,
        "digest": version.digest,
        "parent": version.parent,
        "author": version.author,
        "message": version.message,
        "created_at": version.created_at.isoformat(),
        "content": version.content,
    }


def _version(told: dict[str, object]) -> Version:
    content = told["content"]
    if not isinstance(content, dict):
        raise TypeError("content")
    texts = {name: str(told[name]) for name in ("key", "layer", "digest", "parent", "author", "message")}
    return Version(
        number=int(str(told["number"])),
        created_at=datetime.fromisoformat(str(told["created_at"])),
        content=content,
        **texts,
    )


def _line(item: dict[str, object]) -> str:
    return json.dumps(item, sort_keys=True, separators=(",", ":"))


def _broken(number: int, why: str) -> InvalidError:
    return InvalidError(f"line {number} of the export is wrong: {why}", fix="Export it again.")
