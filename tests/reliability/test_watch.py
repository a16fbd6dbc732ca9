"""R3: whoever follows the changes gets each of them once and in order, whatever is cut, slow, killed or restarted."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.adapters.local_issuer import LocalIssuer
from tests.reliability.watchers import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.conftest import Load

SUBSCRIBERS, VERSIONS = 1_000, 1_000  # the full form; the short form has a tenth of each
SLOW = 20  # one in so many
STEP = 20  # versions between two cuts
LATE_S = 120
ENDS_S = 5
MEMORY_MB = 100  # by which the server may grow for 1,000 streams, slow ones and all that they missed


class Server:
    """A server process; what it says of itself after appending."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        script = str(Path(__file__).with_name("watch_server.py"))
        command = [sys.executable, script, str(folder), str(port)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    async def append(self, count: int) -> tuple[int, int, int]:
        """The number of the newest change, whether somebody follows, and the memory in KB at its highest."""
        return await asyncio.to_thread(self.append_now, count)

    def append_now(self, count: int) -> tuple[int, int, int]:
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        tail, following, memory_kb = self.process.stdout.readline().split()
        return int(tail.partition("-")[0]), int(following), int(memory_kb)

    def end(self, by: signal.Signals) -> float:
        """How long it takes to end."""
        began = time.monotonic()
        self.process.send_signal(by)
        self.process.wait(30)
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        return time.monotonic() - began


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LATE_S
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_every_change_reaches_everybody_once_and_in_order(
    tmp_path: Path, load: Load, report: Callable[..., None]
) -> None:
    """Cut off at random, too slow, the server killed and ended: 0 missed, 0 twice, 0 out of order, 0 left behind."""
    asyncio.run(_watch(tmp_path, load.of(SUBSCRIBERS), load.of(VERSIONS), report))


async def _watch(folder: Path, subscribers: int, versions: int, report: Callable[..., None]) -> None:
    dice = random.Random(3)
    issue = LocalIssuer(folder / "issuer.pem", clock=time.time).token
    server = Server(folder)
    (port, cuts, stalls, ends) = (server.port, 0, 0, [])
    # Ten share a token, as instances share a key; one for all would be told that it asks too often.
    tokens = [issue(f"agent-{number}", ["viewer"]) for number in range(subscribers // 10)]
    watchers = [
        Watcher(tokens[number % len(tokens)], port, slow=number % SLOW == 0, dice=dice) for number in range(subscribers)
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watcher.follow()) for watcher in watchers]
        await until(lambda: all(watcher.connected for watcher in watchers), "not everybody could connect")
        _, _, before_kb = await server.append(0)
        done = memory_kb = 0
        restart_at = {versions // 3: signal.SIGKILL, 2 * versions // 3: signal.SIGTERM}
        while done < versions:
            step = min(STEP, versions - done)
            tail, _, at_kb = await server.append(step)
            memory_kb = max(memory_kb, at_kb - before_kb)
            assert tail == done + step
            for number in [number for number in restart_at if done < number <= done + step]:
                by = restart_at.pop(number)
                took = await asyncio.to_thread(server.end, by)
                ends += [took] * (by is signal.SIGTERM)
                server = await asyncio.to_thread(Server, folder, port)
                _, _, before_kb = await server.append(0)
            done += step
            for watcher in dice.sample(watchers, max(1, subscribers // 50)):
                watcher.drop()
                cuts += 1
            for watcher in watchers:
                if watcher.slow and not dice.randrange(5):
                    watcher.stall()
                    stalls += 1
        wanted = list(range(1, versions + 1))
        await until(lambda: all(len(watcher.got) >= versions for watcher in watchers), "changes are missing")
        wrong = [watcher.got for watcher in watchers if watcher.got != wanted]
        assert not wrong, f"{len(wrong)} were told something else, such as {wrong[0][:50]}"
        ends.append(await asyncio.to_thread(server.end, signal.SIGTERM))  # with everybody connected
        server = await asyncio.to_thread(Server, folder, port)
        until_back = [watcher.connected for watcher in watchers]
        await until(
            lambda: all(now.connected > then for now, then in zip(watchers, until_back, strict=True)), "not back"
        )
        for task in tasks:
            task.cancel()
    left = await asyncio.to_thread(_left, server)
    took = server.end(signal.SIGTERM)
    assert not left, "somebody is still served"
    report(
        subscribers=subscribers, versions=versions, cuts=cuts, stalls=stalls, restarts=3, missed=0, twice=0,
        out_of_order=0, left=0, memory_mb=round(memory_kb / 1024), sigterm_s=f"{max(*ends, took):.2f}",
    )  # fmt: skip
    assert max(*ends, took) <= ENDS_S
    assert memory_kb / 1024 <= MEMORY_MB
    assert subscribers >= SUBSCRIBERS // 10, "void: too few to prove anything"
    assert versions >= VERSIONS // 10, "void: too few to prove anything"


def _left(server: Server) -> bool:
    """Whether the feed is still read after a while, though nobody is there."""
    deadline = time.monotonic() + 10
    while server.append_now(0)[1]:
        if time.monotonic() > deadline:
            return True
        time.sleep(0.02)
    return False
