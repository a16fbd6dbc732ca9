"""A random version of a thousand, of which each changed two or three fields, against a row of JSON for each.

What is kept is told on stderr: the file's size, and the memory of a thousand versions that are loaded together, against
as many parsed documents. Both must be small; the row is faster to read, and ours must be read within a millisecond.
"""

from __future__ import annotations

import atexit
import gc
import json
import random
import sqlite3
import sys
import tempfile
import tracemalloc
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.documents import Draft, canonical
from agents.configuration.stores import version
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.json_value import Json

# Of time. A read of ours takes up to 31 deltas and proves its digest; what is promised of it is a millisecond.
NAME, TARGET = "versions", Target(ratio_at_most=15)
DISK_AT_MOST, MEMORY_AT_MOST = 0.15, 0.3
VERSIONS: Final = 1_000
KEY, LAYER = "agent/inventory", "env:dev"
_WORDS: Final = ("stock", "order", "late", "safety", "risk", "answer", "figures", "region", "lead", "time", "weeks")
_VAR: Final = Path(__file__).parents[1] / "var"


def ours() -> Callable[[], object]:
    store, dice = _store(), random.Random(2)  # noqa: S311 - a choice of versions
    return lambda: version(store, KEY, LAYER, dice.randint(1, VERSIONS))


def peer() -> Callable[[], object]:
    connection, dice = sqlite3.connect(_rows()), random.Random(2)  # noqa: S311 - as above

    def read() -> object:
        row = connection.execute(
            "SELECT * FROM version WHERE tenant = ? AND key = ? AND layer = ? AND number = ?",
            ("default", KEY, LAYER, dice.randint(1, VERSIONS)),
        ).fetchone()
        return json.loads(row[-1])

    return read


def same() -> None:
    """Both give every version, and ours takes the room that it may."""
    store = _store()
    texts = _texts()
    history = store.history(KEY, LAYER, before=None, limit=VERSIONS)
    assert [canonical(one.content).decode() for one in reversed(history)] == texts
    del history
    disk = _file().stat().st_size / _rows().stat().st_size
    loaded = _memory(lambda: store.history(KEY, LAYER, before=None, limit=VERSIONS))
    memory = loaded / _memory(lambda: [json.loads(text) for text in texts])
    print(f"versions: disk {disk:.3f}x, memory of a loaded one {memory:.3f}x", file=sys.stderr)
    assert disk <= DISK_AT_MOST
    assert memory <= MEMORY_AT_MOST


def _memory(load: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    held = load()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del held
    return size


@cache
def _texts() -> list[str]:
    """The canonical text of each version: 58 fields in eight sections, two or three of them new each time."""
    dice = random.Random(1)  # noqa: S311 - made-up documents

    def words(count: int) -> Json:
        return " ".join(dice.choice(_WORDS) for _ in range(count))

    def field() -> Json:
        return dice.choice([dice.randrange(1_000), round(dice.random(), 3), dice.random() < 0.5, words(6)])  # noqa: PLR2004 - a coin

    content: dict[str, dict[str, Json]] = {
        f"section{section}": {f"field{number}": field() for number in range(7 if section else 9)}
        for section in range(8)
    }
    texts = []
    for _ in range(VERSIONS):
        for _ in range(dice.choice([2, 3])):
            section = content[dice.choice(list(content))]
            section[dice.choice(list(section))] = field()
        texts.append(canonical({name: dict(section) for name, section in content.items()}).decode())
    return texts


@cache
def _store() -> SqliteConfigStore:
    store = SqliteConfigStore(_file(), tenant="default", clock=lambda: datetime.now(UTC))
    for number, text in enumerate(_texts()):
        store.append(
            [
                Draft(
                    key=KEY,
                    layer=LAYER,
                    content=json.loads(text),
                    author="olga",
                    message=f"change number {number}",
                    expected=number,
                )
            ]
        )
    store.close()  # what is in the log beside it goes into the file
    return store


@cache
def _file() -> Path:
    return _folder() / "ours.db"


@cache
def _rows() -> Path:
    path = _folder() / "rows.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE version (tenant, key, layer, number, digest, parent, author, message, created_at, content,"
        " PRIMARY KEY (tenant, key, layer, number))"
    )
    digest, at = "sha256:" + "0" * 64, "2026-06-30T12:00:00.123456+00:00"
    connection.executemany(
        "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            ("default", KEY, LAYER, number + 1, digest, digest, "olga", f"change number {number}", at, text)
            for number, text in enumerate(_texts())
        ],
    )
    connection.commit()
    connection.close()
    return path


@cache
def _folder() -> Path:
    _VAR.mkdir(exist_ok=True)
    folder = tempfile.TemporaryDirectory(dir=_VAR)
    atexit.register(folder.cleanup)
    return Path(folder.name)
