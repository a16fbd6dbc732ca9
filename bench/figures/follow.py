"""Following: what a read of the configuration costs a turn, and what following costs a process. Prints JSON.

    python -m bench.figures.follow

`read` is what is in force, as any code of a turn sees it; `look` is the look for news at the start of a turn, over
SQLite. `memory` is one agent with about 1 MB of configuration in its layers, beyond a process that follows nothing,
while it follows and after twenty changes of it.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.common import now
from agents.configuration.documents import Draft, canonical
from agents.runtime.follow import Follower
from agents.supply_chain import document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agents.configuration.documents import Content

ROUNDS: Final = 20_000
CHANGES: Final = 20
NAME: Final = "configuration.db"
READ_US, MEMORY_MB = 5.0, 10.0  # the targets
_VALUE: Final = "x" * 100
_LAYERS: Final = (("agent/defaults", "base"), ("agent/defaults", "env:dev"), ("agent/sql", "base"),
                  ("agent/sql", "env:dev"))  # fmt: skip


def main() -> int:
    """0 when both targets are met."""
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder))
        follower = Follower(store, agents=("sql",), environment="dev")
        follower.snapshot()
        read, look = _times(follower.current), _times(follower.snapshot)
        store.close()
    following = json.loads(subprocess.run([sys.executable, "-m", "bench.figures.follow", "memory"], check=True,
                                          capture_output=True, text=True).stdout)  # fmt: skip
    met = read["p99_us"] < READ_US and following["after_changes_mb"] <= MEMORY_MB
    print(json.dumps({"read": read, "look": look, "memory": following, "met": met}, indent=2))
    return 0 if met else 1


def memory() -> None:
    """Prints what following holds; in a process of its own, since memory is seldom given back."""
    with tempfile.TemporaryDirectory() as folder, _publisher(folder) as publish:
        size = publish()
        store = SqliteConfigStore(Path(folder) / NAME, tenant="default", clock=now)
        gc.collect()
        before = _resident_mb()
        follower = Follower(store, agents=("sql",), environment="dev")
        follower.snapshot()
        gc.collect()
        started = _resident_mb()
        for _ in range(CHANGES):
            publish()
            follower.snapshot()
        gc.collect()
        after = _resident_mb()
        store.close()
    print(json.dumps({"configuration_mb": round(size / 1e6, 2), "following_mb": round(started - before, 2),
                      "after_changes_mb": round(after - before, 2)}))  # fmt: skip


def publish_by_line(folder: str) -> None:
    """Publishes everything at the first line that comes, and a change at each that follows; answers with the bytes."""
    store = _store(Path(folder))
    contents = {(key, layer): _large(key, layer, part) for part, (key, layer) in enumerate(_LAYERS)}
    numbers = {(key, layer): int(layer == "base") for key, layer in _LAYERS}
    wanted = list(_LAYERS)
    for change, _ in enumerate(sys.stdin):
        for key, layer in wanted:
            content = {**contents[key, layer], "title": f"change {change}"}
            store.append([_draft(key, layer, content, expected=numbers[key, layer])])
            numbers[key, layer] += 1
        wanted = [_LAYERS[-1]]
        print(sum(len(canonical(content)) for content in contents.values()), flush=True)
    store.close()


@contextmanager
def _publisher(folder: str) -> Iterator[Callable[[], int]]:
    """Somebody else who publishes, so that what that costs is not counted here."""
    command = [sys.executable, "-m", "bench.figures.follow", "publish", folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves

        def publish() -> int:
            assert process.stdin
            assert process.stdout
            process.stdin.write("next\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield publish
        assert process.stdin
        process.stdin.close()


def _times(read: Callable[[], object]) -> dict[str, float]:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        read()
        taken.append(time.perf_counter_ns() - began)
    taken.sort()
    return {"p50_us": round(statistics.median(taken) / 1e3, 2), "p99_us": round(taken[ROUNDS * 99 // 100] / 1e3, 2)}


def _store(folder: Path) -> SqliteConfigStore:
    store = SqliteConfigStore(folder / NAME, tenant="default", clock=now)
    store.append([_draft(f"agent/{name}", "base", document(name), expected=0) for name in ("defaults", "sql")])
    return store


def _large(key: str, layer: str, part: int) -> Content:
    own: Content = document(key.partition("/")[2]) if layer == "base" else {}
    return {**own, "parameters": {f"p{part}-{number:05}": _VALUE for number in range(2_200)}}


def _draft(key: str, layer: str, content: Content, *, expected: int) -> Draft:
    return Draft(key=key, layer=layer, content=content, author="bench", message="", expected=expected)


def _resident_mb() -> float:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    if sys.argv[1:] == ["memory"]:
        memory()
    elif sys.argv[1:2] == ["publish"]:
        publish_by_line(sys.argv[2])
    else:
        sys.exit(main())
