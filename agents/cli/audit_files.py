"""An exported audit: a folder with `records.jsonl`, `anchors.jsonl` and `key.pem`, one text a line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from agents.access.audit_anchor import MAX_ANCHOR, read_all
from agents.access.chain import MAX_LINE
from agents.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from agents.access.audit_verify import Lines
    from agents.access.ports import AnchorStore, AuditLog, Signer

RECORDS: Final = "records.jsonl"
ANCHORS: Final = "anchors.jsonl"
KEY: Final = "key.pem"
_PAGE: Final = 1_000
_CHUNK: Final = 65_536


def export(folder: Path, log: AuditLog, anchors: AnchorStore, signer: Signer, *, now: datetime) -> int:
    """Writes the folder and returns how many records it holds. Raises ConflictError when it has one already."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / KEY, [signer.public_key()])
    # Anchors first: those that are made meanwhile know records that are not read any more.
    _write(folder / ANCHORS, (line + b"\n" for _, line in anchor_lines(anchors)))
    return _write(folder / RECORDS, (line + b"\n" for _, line in record_lines(log, now=now)))


def anchor_lines(anchors: AnchorStore) -> Lines:
    """Every anchor of a store."""
    number = 0
    while numbers := anchors.numbers(after=number, limit=_PAGE):
        for number in numbers:
            yield f"anchor {number}", anchors.read(number)


def record_lines(log: AuditLog, *, now: datetime) -> Lines:
    """Every record of a store."""
    for entry in read_all(log, now=now):
        yield f"record {entry.id}", entry.text.encode("ascii", "backslashreplace")


def file_lines(path: Path) -> Lines:
    """Every line of a file. Raises NotFoundError."""
    limit = MAX_ANCHOR if path.name == ANCHORS else MAX_LINE
    try:
        yield from _lines(path, limit)
    except OSError as error:
        raise NotFoundError(
            f"{path} cannot be read: {error.strerror}", fix="Give a folder of `qm audit export`."
        ) from error


def _lines(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(limit + 1):
            number += 1
            rest = line
            while not rest.endswith(b"\n") and (rest := file.readline(_CHUNK)):
                pass  # a line without an end must not fill the memory; what is cut off is refused as too long
            yield f"{path.name}:{number}", line.removesuffix(b"\n")


def _write(path: Path, lines: Iterable[bytes]) -> int:
    try:
        # For its owner only, as the store is.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConflictError(f"{path} exists", fix="Choose a new folder.") from error
    count = 0
    with os.fdopen(descriptor, "wb") as file:
        for line in lines:
            file.write(line)
            count += 1
    return count
