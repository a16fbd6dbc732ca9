"""A disk under SQLite that fails when told to, and that knows what a loss of power would leave.

It is a VFS: SQLite's own seam to the operating system, put over the real one. Reads, locks and shared memory go
through; writes, truncations and syncs are counted, may fail, and are remembered until they are synced.
"""

from __future__ import annotations

import _sqlite3
import ctypes as c
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    import random

FULL: Final = 13
WRITE_FAILED: Final = 10 | (3 << 8)
SYNC_FAILED: Final = 10 | (4 << 8)
_POINTER: Final = c.c_void_p
_METHODS: Final = (
    "close", "read", "write", "truncate", "sync", "file_size", "lock", "unlock", "check_lock", "control",
    "sector", "device", "shm_map", "shm_lock", "shm_barrier", "shm_unmap", "fetch", "unfetch",
)  # fmt: skip
_CALLS: Final = (
    "open", "delete", "access", "full", "dl_open", "dl_error", "dl_sym", "dl_close", "randomness", "sleep", "time",
    "last_error", "time64", "set_call", "get_call", "next_call",
)  # fmt: skip


class _Methods(c.Structure):
    _fields_ = [("version", c.c_int), *((name, _POINTER) for name in _METHODS)]


class _File(c.Structure):
    _fields_ = [("methods", c.POINTER(_Methods))]


class _Vfs(c.Structure):
    _fields_ = [
        ("version", c.c_int), ("file_size", c.c_int), ("path_size", c.c_int), ("following", _POINTER),
        ("name", c.c_char_p), ("data", _POINTER), *((name, _POINTER) for name in _CALLS),
    ]  # fmt: skip


_OPEN = c.CFUNCTYPE(c.c_int, c.POINTER(_Vfs), c.c_char_p, c.POINTER(_File), c.c_int, _POINTER)
_DELETE = c.CFUNCTYPE(c.c_int, c.POINTER(_Vfs), c.c_char_p, c.c_int)
_CLOSE = c.CFUNCTYPE(c.c_int, c.POINTER(_File))
_WRITE = c.CFUNCTYPE(c.c_int, c.POINTER(_File), _POINTER, c.c_int, c.c_int64)
_TRUNCATE = c.CFUNCTYPE(c.c_int, c.POINTER(_File), c.c_int64)
_SYNC = c.CFUNCTYPE(c.c_int, c.POINTER(_File), c.c_int)


class Disk:
    """Every SQLite file that this process opens while the block lasts lies on it."""

    def __init__(self) -> None:
        self._library = c.CDLL(_sqlite3.__file__)
        self._library.sqlite3_vfs_find.restype = c.POINTER(_Vfs)
        self._real = self._library.sqlite3_vfs_find(None)
        self._own = _Vfs()
        c.memmove(c.byref(self._own), self._real, c.sizeof(_Vfs))
        self._own.name = b"faulty"
        self._own.following = None
        self._open_real = _OPEN(self._own.open)
        self._open_own = _OPEN(self._open)
        self._own.open = c.cast(self._open_own, _POINTER)
        self._delete_real, self._delete_own = _DELETE(self._own.delete), _DELETE(self._delete)
        self._own.delete = c.cast(self._delete_own, _POINTER)
        self._tables: dict[int, tuple[_Methods, list[Any]]] = {}
        self._paths: dict[int, str] = {}
        self._kept: dict[str, bytearray] = {}
        self._unsynced: dict[str, list[tuple[int, bytes | None]]] = {}
        self._lock = threading.RLock()
        self.operations = 0
        self._failing: range = range(0)
        self._error = FULL

    def __enter__(self) -> Self:
        assert self._library.sqlite3_vfs_register(c.byref(self._own), 1) == 0
        return self

    def __exit__(self, *_: object) -> None:
        self._library.sqlite3_vfs_register(self._real, 1)
        self._library.sqlite3_vfs_unregister(c.byref(self._own))

    def fail(self, first: int, last: int, error: int = FULL) -> None:
        """Lets those of the operations to come fail, the next one being 1."""
        self.operations = 0
        self._failing, self._error = range(first, last + 1), error

    def lose_power(self, folder: Path, dice: random.Random) -> None:
        """What would be left of the files, in a folder: all that was synced, and any part of the rest, torn maybe."""
        with self._lock:
            left = {path: bytearray(content) for path, content in self._kept.items()}
            for path, changes in self._unsynced.items():
                for at, data in changes:
                    if dice.random() < 0.5:
                        _change(left[path], at, data if data is None else data[: dice.randrange(len(data)) + 1])
        for path, content in left.items():
            (folder / Path(path).name).write_bytes(content)

    def _open(self, vfs: Any, name: bytes | None, file: Any, flags: int, out: int | None) -> int:  # noqa: ANN401 - as C has it
        result = self._open_real(self._real, name, file, flags, out)
        if result == 0 and file.contents.methods and name is not None:
            path = name.decode()
            with self._lock:
                self._paths[c.addressof(file.contents)] = path
                content = Path(path).read_bytes()
                if path not in self._kept or not content:
                    self._kept[path], self._unsynced[path] = bytearray(content), []
            file.contents.methods = c.pointer(self._table(file.contents.methods))
        return int(result)

    def _delete(self, vfs: Any, name: bytes, sync: int) -> int:  # noqa: ANN401 - as C has it
        with self._lock:
            self._kept.pop(name.decode(), None)
            self._unsynced.pop(name.decode(), None)
            return int(self._delete_real(self._real, name, sync))

    def _table(self, real: Any) -> _Methods:  # noqa: ANN401, C901 - ctypes has no better; four functions are one table
        address = c.addressof(real.contents)
        if address in self._tables:
            return self._tables[address][0]
        own = _Methods()
        c.memmove(c.byref(own), real, c.sizeof(_Methods))
        close, write = _CLOSE(own.close), _WRITE(own.write)
        truncate, sync = _TRUNCATE(own.truncate), _SYNC(own.sync)

        def closed(file: Any) -> int:  # noqa: ANN401 - as above
            with self._lock:
                self._paths.pop(c.addressof(file.contents), None)
            return int(close(file))

        def written(file: Any, data: int, size: int, at: int) -> int:  # noqa: ANN401 - as above
            if self._fails():
                return self._error
            with self._lock:
                result = int(write(file, data, size, at))
                if result == 0:
                    self._unsynced[self._path(file)].append((at, c.string_at(data, size)))
            return result

        def truncated(file: Any, size: int) -> int:  # noqa: ANN401 - as above
            if self._fails():
                return WRITE_FAILED
            with self._lock:
                self._unsynced[self._path(file)].append((size, None))
                return int(truncate(file, size))

        def synced(file: Any, flags: int) -> int:  # noqa: ANN401 - as above
            if self._fails():
                return SYNC_FAILED
            with self._lock:
                path = self._path(file)
                told = len(self._unsynced[path])
            result = int(sync(file, flags))
            with self._lock:
                for at, data in self._unsynced[path][:told] if result == 0 else ():
                    _change(self._kept[path], at, data)
                self._unsynced[path] = self._unsynced[path][told if result == 0 else 0 :]
            return result

        kept = [close, write, truncate, sync, _CLOSE(closed), _WRITE(written), _TRUNCATE(truncated), _SYNC(synced)]
        own.close, own.write, own.truncate, own.sync = (c.cast(each, _POINTER) for each in kept[4:])
        self._tables[address] = own, kept
        return own

    def _path(self, file: Any) -> str:  # noqa: ANN401 - ctypes has no better
        return self._paths[c.addressof(file.contents)]

    def _fails(self) -> bool:
        with self._lock:
            self.operations += 1
            return self.operations in self._failing


def _change(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        return
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data
