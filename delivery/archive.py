"""Zips that are the same byte for byte whenever their content is."""

from __future__ import annotations

import hashlib
import os
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
_FILE: Final = 0o100644 << 16
_UNIX: Final = 3
_LEVEL: Final = 6  # 9 takes three times as long for one part in a hundred
# What differs from one installation to the next, or is of no use in a function.
_LEFT_OUT_FOLDERS: Final = frozenset({"__pycache__", "bin"})
_LEFT_OUT_FILES: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock"})


def files_below(folder: Path) -> dict[str, Path]:
    """Name in the zip -> file, for all that belongs into one."""
    return {
        file.relative_to(folder).as_posix(): file
        for file in folder.rglob("*")
        if file.is_file()
        and file.name not in _LEFT_OUT_FILES
        and file.suffix != ".pyc"
        and not _LEFT_OUT_FOLDERS & set(file.relative_to(folder).parts[:-1])
    }


def write_zip(path: Path, files: Mapping[str, Path]) -> None:
    """Writes the zip in one step: whoever looks sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.create_system = _UNIX
                entry.external_attr = _FILE
                archive.writestr(entry, files[name].read_bytes(), zipfile.ZIP_DEFLATED, _LEVEL)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def digest(files: Mapping[str, Path], *more: str) -> str:
    """SHA-256 over names and contents, and over what else decides the result."""
    state = hashlib.sha256("\0".join(more).encode())
    for name in sorted(files):
        state.update(f"\0{name}\0".encode())
        state.update(hashlib.sha256(files[name].read_bytes()).digest())
    return state.hexdigest()


_ELF: Final = b"\x7fELF"
_MACHINES: Final = {62: "x86_64", 183: "arm64"}  # e_machine of the ELF header


def foreign_libraries(files: Iterable[Path], architecture: str) -> list[Path]:
    """Those of the files that are native code of another processor."""
    found = []
    for file in files:
        with file.open("rb") as stream:
            head = stream.read(20)
        if head.startswith(_ELF) and _MACHINES.get(int.from_bytes(head[18:20], "little")) != architecture:
            found.append(file)
    return found
