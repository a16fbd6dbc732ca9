"""Anchors in a folder of this machine, a file each, never written twice.

Whoever owns the folder can remove them; copy it elsewhere, or use object-locked storage, where that matters.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import ConflictError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIX: Final = ".json"


class LocalAnchors:
    """The `AnchorStore` of one tenant."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, number: int, content: bytes) -> None:
        try:
            self._put(number, content)
        except OSError as error:
            raise self._unavailable(error) from error

    def last(self) -> int:
        return max(self._numbers(), default=0)

    def numbers(self, *, after: int, limit: int) -> tuple[int, ...]:
        return tuple(sorted(number for number in self._numbers() if number > after)[:limit])

    def read(self, number: int) -> bytes:
        try:
            return self._file(number).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(f"there is no anchor {number}", fix="List them.") from error
        except OSError as error:
            raise self._unavailable(error) from error

    def _put(self, number: int, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written whole beside, and then named: a crash leaves no half of an anchor under its number.
        descriptor, part = tempfile.mkstemp(prefix=".anchor-", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(descriptor, 0o400)
                os.fsync(descriptor)
            self._name(part, number)
        finally:
            Path(part).unlink()
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _name(self, part: str, number: int) -> None:
        try:
            os.link(part, self._file(number))
        except FileExistsError as error:
            raise ConflictError(f"anchor {number} exists", fix="Read it, and add the next.") from error

    def _numbers(self) -> Iterator[int]:
        try:
            names = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unavailable(error) from error
        for name in names:
            stem = name.removesuffix(_SUFFIX)
            if stem != name and stem.isascii() and stem.isdigit():
                yield int(stem)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:012d}{_SUFFIX}"

    def _unavailable(self, error: OSError) -> UnavailableError:
        return UnavailableError(f"the anchors in {self._folder} failed: {error.strerror}", fix="Check the disk.")
