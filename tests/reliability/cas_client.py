"""A process of a few clients that read, write, roll back and label as they like, and print what they asked and heard.

A line is `client operation start register expected number value`, and the same with the answer at its end.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.documents import Draft, LabelMove
from agents.errors import ConflictError, QuartermasterError

KEYS = 2


def main(path: str, clients: int, seed: int) -> None:
    store = SqliteConfigStore(Path(path), tenant="default", clock=lambda: datetime.now(UTC))

    def live(client: str, dice: random.Random) -> None:
        known: dict[str, int] = {}
        turn = 0
        while True:
            turn += 1
            key = f"agent/k{dice.randrange(KEYS)}"
            labelled = dice.random() < 0.25
            register = key + ("#label" if labelled else "")
            expected = known.get(register, 0)
            kind = dice.random()
            if kind < 0.4:
                say(client, turn, "get", register)
                known[register] = get(store, key, client, turn, register, labelled=labelled)
                continue
            value = f"{client}-{turn}" if kind < 0.9 else "rollback"
            number = dice.randint(0, known.get(key, 0)) if labelled else expected + 1
            say(client, turn, "cas", register, expected, number, "-" if labelled else value)
            move = LabelMove(key=key, layer="base", label="l", number=number, expected=expected, author="c")
            draft = Draft(key=key, layer="base", content={"v": value}, author="c", message="", expected=expected)
            try:
                store.append([move if labelled else draft])
            except ConflictError:
                say(client, turn, "conflict")
                known[register] = -1
            except QuartermasterError:
                say(client, turn, "unknown")
            else:
                say(client, turn, "ok")
                known[register] = number
            if known.get(register) == -1:
                known.pop(register)

    for index in range(clients):
        name = f"{seed}.{index}"
        threading.Thread(target=live, args=(name, random.Random(name)), daemon=True).start()
    threading.Event().wait()


def get(store: SqliteConfigStore, key: str, client: str, turn: int, register: str, *, labelled: bool) -> int:
    """Reads a register and prints what it held; its number."""
    number, value = 0, "-"
    if labelled:
        number = store.labels(key, "base").get("l", 0)
    elif (head := store.heads([(key, "base")])[0]) is not None:
        number, value = head.number, str(head.content["v"])
    say(client, turn, "seen", number, value)
    return number


def say(*words: object) -> None:
    # One write call a line, so that lines of threads do not mix and a kill cuts none that was counted.
    os.write(1, (" ".join(map(str, [time.monotonic_ns(), *words])) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
