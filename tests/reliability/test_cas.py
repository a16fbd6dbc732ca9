"""R2: compare-and-set is linearizable: what clients heard is explained by one order, whoever dies or stands still."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reliability.linearizable import NEVER, NOTHING, Operation, linearizable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.conftest import Load

HISTORIES, OPERATIONS = 100, 500
PROCESSES, CLIENTS = 5, 3  # of each process


def wrote(start: float, end: float, expected: int, value: str, outcome: str = "ok") -> Operation:
    return Operation(start, end, outcome, expected=expected, new=(expected + 1, value))


def read(start: float, end: float, number: int, value: str = "") -> Operation:
    return Operation(start, end, "ok", seen=(number, value))


GOOD = {
    "one after another": [wrote(0, 1, 0, "a"), read(2, 3, 1, "a"), wrote(4, 5, 1, "b"), read(6, 7, 2, "b")],
    "a read beside a write sees it or not": [wrote(0, 9, 0, "a"), read(1, 2, 0), read(3, 4, 1, "a")],
    "of two beside each other one conflicts": [wrote(0, 9, 0, "a"), wrote(1, 8, 0, "b", "conflict")],
    "an unheard write that happened": [wrote(0, NEVER, 0, "a", "unknown"), read(5, 6, 1, "a")],
    "an unheard write that never happened": [
        wrote(0, NEVER, 0, "a", "unknown"), wrote(5, 6, 0, "b"), read(7, 8, 1, "b"),
    ],
    "an unheard write that happened late": [wrote(0, NEVER, 0, "a", "unknown"), read(1, 2, 0), read(3, 4, 1, "a")],
    "a label that goes and comes": [
        Operation(0, 1, "ok", expected=0, new=(3, "")), Operation(2, 3, "ok", expected=3, new=NOTHING), read(4, 5, 0),
    ],
}  # fmt: skip
BAD = {
    "a lost update": [wrote(0, 5, 0, "a"), wrote(1, 6, 0, "b")],
    "a stale read": [wrote(0, 1, 0, "a"), read(2, 3, 0)],
    "a read from the future": [read(0, 1, 1, "a"), wrote(2, 3, 0, "a")],
    "reads that go back": [wrote(0, 9, 0, "a"), read(1, 2, 1, "a"), read(3, 4, 0)],
    "a write that was acknowledged and is gone": [wrote(0, 1, 0, "a"), wrote(2, 3, 0, "b")],
    "a value that nobody wrote": [wrote(0, 1, 0, "a"), read(2, 3, 1, "b")],
    "a conflict without a reason": [wrote(0, 1, 0, "a", "conflict")],
    "a conflict that happened all the same": [wrote(0, 1, 0, "a"), wrote(2, 3, 1, "b", "conflict"), read(4, 5, 2, "b")],
    "an unheard write that was seen and then was not": [
        wrote(0, NEVER, 0, "a", "unknown"), read(1, 2, 1, "a"), read(3, 4, 0),
    ],
    "a number that was left out": [wrote(0, 1, 0, "a"), wrote(2, 3, 5, "b")],
    "two orders at once": [wrote(0, 9, 0, "a"), wrote(0, 9, 1, "b"), read(1, 2, 2, "b"), read(3, 4, 1, "a")],
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_the_checker_accepts_what_one_order_explains(name: str) -> None:
    """In any order of telling."""
    assert linearizable(GOOD[name])
    assert linearizable(GOOD[name][::-1])


@pytest.mark.parametrize("name", BAD)
def test_the_checker_refuses_known_bad_histories(name: str) -> None:
    """A checker that never says no proves nothing."""
    assert not linearizable(BAD[name])


def test_the_checker_finds_one_wrong_answer_among_five_hundred() -> None:
    """A stale read in the middle of a history as long as the real ones."""
    history = [wrote(2 * n, 2 * n + 1.5, n, str(n)) for n in range(250)]
    history += [read(2 * n + 1.1, 2 * n + 2.5, n + 1, str(n)) for n in range(249)]
    assert linearizable(history)
    assert not linearizable([*history, read(301, 302, 140, "139")])


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_histories_of_clients_that_die_and_stand_still_are_linearizable(
    tmp_path: Path, load: Load, report: Callable[..., None]
) -> None:
    """Fifteen clients in five processes on one store; some are killed and replaced, some stopped for a while."""
    histories = load.of(HISTORIES)
    dice = random.Random(1)
    told: Counter[str] = Counter()
    for number in range(histories):
        lines = _run(tmp_path / f"{number}.db", dice, told)
        for register, history in _histories(lines).items():
            told.update(one.outcome for one in history)
            assert linearizable(history), f"history {number}, {register}: no order explains it"
    report(histories=histories, violations=0, **told)
    assert told["ok"] + told["conflict"] >= histories * OPERATIONS, "void: too few operations"
    assert min(told["killed"], told["stopped"]) >= histories, "void: nobody died"
    assert min(told["conflict"], told["unknown"]) >= histories, "void: too little contention"


def _run(path: Path, dice: random.Random, told: Counter[str]) -> list[str]:
    """What the clients of one history printed."""
    lines: list[str] = []
    readers: list[threading.Thread] = []
    processes: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, str(Path(__file__).with_name("cas_client.py")), str(path), str(CLIENTS)]
        process = subprocess.Popen([*command, str(len(readers))], stdout=subprocess.PIPE, text=True)

        def collect() -> None:
            with process.stdout as out:
                lines.extend(line for line in out if line.endswith("\n"))

        readers.append(threading.Thread(target=collect))
        readers[-1].start()
        return process

    processes += [start() for _ in range(PROCESSES)]
    until = 2 * OPERATIONS * 5 // 4  # two lines an operation; some are cut off
    victims = sorted(dice.sample(range(until // 4, until), 4))
    deadline = time.monotonic() + 60
    while len(lines) < until or victims:
        assert time.monotonic() < deadline, "the clients do nothing"
        if not victims or len(lines) < victims[0]:
            time.sleep(0.001)
            continue
        place = dice.randrange(PROCESSES)
        if victims.pop(0) % 2 or len(victims) == 0:
            processes[place].kill()
            processes[place].wait()
            processes[place] = start()
            told["killed"] += 1
        else:
            processes[place].send_signal(signal.SIGSTOP)
            threading.Timer(dice.uniform(0.02, 0.2), processes[place].send_signal, [signal.SIGCONT]).start()
            told["stopped"] += 1
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()
    for reader in readers:
        reader.join()
    return lines


def _histories(lines: list[str]) -> dict[str, list[Operation]]:
    """The operations of each register."""
    asked: dict[tuple[str, str], list[str]] = {}
    answers: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        at, client, turn, *words = line.split()
        (asked if words[0] in {"get", "cas"} else answers)[client, turn] = [at, *words]
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation, (start, kind, register, *wanted) in asked.items():
        end, outcome, *seen = answers.get(operation, ["inf", "unknown"])
        if kind == "get":
            state = (int(seen[0]), seen[1].strip("-")) if seen else NOTHING
            found[register].append(Operation(float(start), float(end), "ok" if seen else "unknown", seen=state))
        else:
            expected, number, value = int(wanted[0]), int(wanted[1]), wanted[2].strip("-")
            # An error that is no conflict says nothing of what happened, nor when.
            ended = NEVER if outcome == "unknown" else float(end)
            found[register].append(Operation(float(start), ended, outcome, expected=expected, new=(number, value)))
    return found
