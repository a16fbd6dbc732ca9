"""What is remembered of answers: made once for all alike, and forgotten when what they are made of changes."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from agents.api.configs_memory import Memory
from agents.api.together import Together
from agents.configuration.documents import Draft
from agents.errors import UnavailableError
from tests.agents.shipped_store import shipped_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from tests.agents.api.config_server import ConfigServer

SQL, INVENTORY = ("effective", "agent/sql", None), ("effective", "agent/inventory", None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteConfigStore]:
    store = shipped_store(tmp_path, "inventory", "sql")
    yield store
    store.close()


def put(store: SqliteConfigStore, key: str, layer: str = "env:dev", expected: int = 0) -> None:
    store.append([Draft(key=key, layer=layer, content={"title": "x"}, author="", message="", expected=expected)])


class Made:
    """Counts how often each answer was made."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.times: Counter[tuple[str | None, ...]] = Counter()

    def ask(self, *keys: tuple[str | None, ...]) -> list[int]:
        for key in keys:
            self._memory.get(key, partial(self.times.update, [key]))
        return [self.times[key] for key in keys]


def test_only_what_changed_is_made_again(store: SqliteConfigStore) -> None:
    """Another document's publish leaves an answer as it is; the defaults are part of every agent."""
    made = Made(Memory(store))
    assert made.ask(SQL, INVENTORY, ("list",)) == [1, 1, 1]
    put(store, "agent/sql")
    assert made.ask(SQL, INVENTORY, ("list",)) == [2, 1, 2]
    put(store, "agent/defaults")
    assert made.ask(SQL, INVENTORY) == [3, 2]
    assert made.ask(SQL, INVENTORY) == [3, 2]


def test_after_more_changes_than_are_looked_through_everything_is_made_again(store: SqliteConfigStore) -> None:
    made = Made(Memory(store))
    made.ask(SQL)
    for number in range(200):
        put(store, "agent/other", expected=number)
    assert made.ask(SQL) == [2]


def test_what_was_made_while_something_changed_is_not_kept(store: SqliteConfigStore) -> None:
    """It may be older than the change, which was looked at already."""
    memory = Memory(store)

    def change_meanwhile() -> str:
        put(store, "agent/sql")
        memory.look()
        return "old"

    assert memory.get(SQL, change_meanwhile) == "old"
    assert memory.get(SQL, lambda: "new") == "new"


def test_whether_a_layer_is_there_is_known_until_it_changes(store: SqliteConfigStore) -> None:
    memory = Memory(store)
    mine, other = ("agent/sql", "instance:i-1"), ("agent/sql", "instance:i-2")
    memory.look()
    assert memory.present([mine, other]) == {mine: False, other: False}
    put(store, *mine)
    memory.look()
    assert memory.present([mine, other]) == {mine: True, other: False}


def test_many_instances_share_an_answer_unless_a_layer_is_theirs(server: ConfigServer) -> None:
    """However many names are made up, the merge is done once; who has a layer of its own gets that."""
    reads = Counter[str]()
    heads = server.store.heads

    def counted(addresses: Sequence[tuple[str, str]] | None = None) -> object:
        reads["layers"] += addresses is not None and ("agent/sql", "base") in addresses
        return heads(addresses)

    draft = Draft(key="agent/sql", layer="instance:i-7", content={"title": "Mine"}, author="", message="", expected=0)
    server.store.append([draft])
    server.store.heads = counted  # type: ignore[assignment,method-assign]  # counts, and passes on
    path = "/v1/configs/agent/sql/effective"
    with server.client("viewer") as client:
        said = [client.get(path, params={"instance": f"i-{number}"}).json() for number in range(30)]
        shared = client.get(path).json()
    assert [number for number, one in enumerate(said) if one != shared] == [7]
    assert said[7]["content"]["title"] == "Mine"
    assert reads["layers"] == 2


def test_whoever_asks_late_is_answered_by_a_later_look() -> None:
    """Those who come while a look is under way wait for the next one, all together."""
    looks: list[list[str]] = []
    began, go_on = threading.Event(), threading.Event()

    def answers(asked: Sequence[str]) -> dict[str, str | Exception]:
        looks.append(list(asked))
        began.set()
        assert go_on.wait(10)
        number = len(looks)
        return {one: UnavailableError("away") if one == "bad" else f"{one}{number}" for one in asked}

    async def run() -> list[str | BaseException]:
        together = Together[str, str](answers)
        first = asyncio.create_task(together.ask("a"))
        await asyncio.to_thread(began.wait, 10)
        late = [asyncio.create_task(together.ask(one)) for one in ("a", "b", "a", "bad")]
        await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(first, *late, return_exceptions=True)

    told = asyncio.run(run())
    assert told[:4] == ["a1", "a2", "b2", "a2"]
    assert isinstance(told[4], UnavailableError)
    assert looks == [["a"], ["a", "b", "bad"]]
