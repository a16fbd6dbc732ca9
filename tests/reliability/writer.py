"""A process that appends versions as fast as it can and prints each one that was acknowledged, until it is killed."""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.documents import Content, Draft, LabelMove


def main(path: str, writers: int) -> None:
    store = SqliteConfigStore(Path(path), tenant="default", clock=lambda: datetime.now(UTC))

    def write(name: str) -> None:
        while True:
            (head,) = store.heads([(f"agent/{name}", "base")])
            number = head.number if head else 0
            content: Content = {"writer": name, "number": number + 1}
            draft = Draft(key=f"agent/{name}", layer="base", content=content, author="w", message="m", expected=number)
            label = LabelMove(
                key=draft.key, layer="base", label="stable", number=number + 1, expected=number, author="w"
            )
            appended = store.append([draft, label], idempotency_key=f"{name}{number + 1}")
            # Now and then as a caller who did not hear the answer.
            if number % 10 == 0:
                assert store.append([draft, label], idempotency_key=f"{name}{number + 1}") == appended
            # One write call a line, so that a kill cuts no line in two that was counted.
            os.write(1, f"{name} {number + 1}\n".encode())

    for index in range(writers):
        threading.Thread(target=write, args=(f"w{index}",), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
