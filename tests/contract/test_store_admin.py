"""What every `StoreAdmin` promises, and that any store becomes any other."""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration import store_copy
from agents.configuration.cursors import position
from agents.configuration.documents import START, Draft, LabelMove
from agents.configuration.stores import version
from agents.contract import CONFIGURATION
from agents.errors import ConflictError, GapError, InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agents.configuration.documents import Content

    Store = SqliteConfigStore | DynamoDbConfigStore

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
LATER = datetime(2026, 7, 1, tzinfo=UTC)
KEY, LAYER = "agent/inventory", "env:dev"


def draft(content: Content, *, key: str = KEY, layer: str = LAYER, expected: int = 0) -> Draft:
    return Draft(key=key, layer=layer, content=content, author="olga", message="a reason", expected=expected)


def move(label: str, number: int, *, expected: int = 0) -> LabelMove:
    return LabelMove(key=KEY, layer=LAYER, label=label, number=number, expected=expected, author="olga")


@pytest.fixture
def filled(config_store: Store) -> Store:
    """A store of forty versions of one document, one of another, and a label."""
    for n in range(40):
        config_store.append([draft({"n": n, "text": "the same " * 30}, expected=n)])
    config_store.append([draft({"é": 1.5}, key="agent/sql", layer="base"), move("stable", 7)])
    return config_store


@contextmanager
def empty(kind: str, request: pytest.FixtureRequest, name: str) -> Iterator[Store]:
    if kind == "sqlite":
        store = SqliteConfigStore(Path(request.getfixturevalue("tmp_path")) / f"{name}.db", tenant=name,
                                  clock=lambda: LATER)  # fmt: skip
        yield store
        store.close()
    else:
        table = Table(request.getfixturevalue("dynamodb"), CONFIGURATION.name)
        yield DynamoDbConfigStore(table, tenant=f"{request.node.name}{name}", clock=lambda: LATER,
                                  random=random.Random(1).random)  # fmt: skip


def test_what_is_pruned_is_gone_and_the_rest_is_as_it_was(filled: Store) -> None:
    """Whichever versions go, those that stay read as before, and the log and the numbers go on."""
    before = {one.number: one for one in filled.history(KEY, LAYER, before=None, limit=99)}
    gone = {1, 2, 5, 6, 30, 31, 32, 33}
    filled.prune(KEY, LAYER, gone)
    after = {one.number: one for one in filled.history(KEY, LAYER, before=None, limit=99)}
    assert after == {number: one for number, one in before.items() if number not in gone}
    with pytest.raises(NotFoundError):
        version(filled, KEY, LAYER, 32)
    assert len(filled.changes(after=START, limit=99).items) == 42
    assert filled.append([draft({"n": 40}, expected=40)]).versions[0].parent == before[40].digest


def test_the_head_and_what_a_label_names_are_never_pruned(filled: Store) -> None:
    """A label that moved since somebody decided what may go is not left naming nothing."""
    filled.prune(KEY, LAYER, range(1, 50))
    assert [one.number for one in filled.history(KEY, LAYER, before=None, limit=99)] == [40, 7]
    filled.prune("agent/nothing", LAYER, [1])
    filled.prune(KEY, LAYER, [])


def test_a_label_cannot_name_what_was_pruned(filled: Store) -> None:
    """The number was there, and is no more."""
    filled.prune(KEY, LAYER, [3])
    with pytest.raises(InvalidError, match="no version 3"):
        filled.append([move("old", 3)])
    assert filled.labels(KEY, LAYER) == {"stable": 7}


KINDS = [pytest.param("sqlite"), pytest.param("dynamodb", marks=pytest.mark.emulator)]


@pytest.mark.parametrize("into", KINDS)
def test_any_store_becomes_any_other(filled: Store, into: str, request: pytest.FixtureRequest) -> None:
    """Numbers, times, digests, authors and labels are the same, pruned versions stay away, and the log has no gap."""
    filled.prune(KEY, LAYER, [2, 3])
    with empty(into, request, "copy") as copy:
        assert store_copy.copy(filled, copy) == 39
        assert copy.heads() == filled.heads()
        for head in filled.heads():
            pages = [one.history(head.key, head.layer, before=None, limit=99) for one in (filled, copy)]
            assert pages[0] == pages[1]
            assert copy.labels(head.key, head.layer) == filled.labels(head.key, head.layer)
        changes = copy.changes(after=START, limit=99)
        assert [position(change.cursor).number for change in changes.items] == list(range(1, 41))
        assert (changes.cursor, changes.items[-1].label) == (copy.tail(), "stable")
        appended = copy.append([draft({"n": 41}, expected=40), LabelMove(
            key=KEY, layer=LAYER, label="stable", number=41, expected=7, author="o")])  # fmt: skip
        assert (appended.versions[0].number, position(appended.cursor).number) == (41, 42)
        assert list(store_copy.export(filled))[:-1] != list(store_copy.export(copy))[:-1]


@pytest.mark.parametrize("into", KINDS)
def test_a_cursor_of_what_a_restore_lost_is_a_gap(
    config_store: Store, into: str, request: pytest.FixtureRequest
) -> None:
    """Whoever read on after the copy was made reads everything again, though the log is as long as before."""
    kept = config_store.append([draft({"n": 1})]).cursor
    lines = list(store_copy.export(config_store))
    lost = config_store.append([draft({"n": "lost"}, expected=1)]).cursor
    with empty(into, request, "copy") as copy:
        store_copy.restore(lines, copy)
        assert copy.tail() == kept, "the log is the same up to here"
        with pytest.raises(GapError):
            copy.changes(after=lost, limit=9)
        after = copy.append([draft({"n": "new"}, expected=1)]).cursor
        assert position(after).number == position(lost).number
        assert after != lost
        with pytest.raises(GapError):
            copy.changes(after=lost, limit=9)
        assert [one.cursor for one in copy.changes(after=kept, limit=9).items] == [after]


def test_an_empty_store_can_be_copied(config_store: Store, request: pytest.FixtureRequest) -> None:
    """There is nothing in the copy either, and it can be written to."""
    with empty("sqlite", request, "copy") as copy:
        assert store_copy.copy(config_store, copy) == 0
        assert copy.append([draft({})]).cursor == copy.tail() != START


def test_a_store_that_is_not_empty_is_not_restored_into(filled: Store) -> None:
    """Nothing is mixed, nothing is overwritten."""
    lines = list(store_copy.export(filled))
    heads = filled.heads()
    with pytest.raises(ConflictError, match="not empty"):
        store_copy.restore(lines, filled)
    assert filled.heads() == heads


def _without(lines: list[str], place: int) -> list[str]:
    return [*lines[:place], *lines[place + 1 :]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [],
        lambda lines: lines[:-1],
        lambda lines: _without(lines, 5),
        lambda lines: [*lines, lines[3]],
        lambda lines: _without(lines, 0),
        lambda lines: [lines[0].replace("1", "9"), *lines[1:]],
        lambda lines: [line.replace("olga", "eve") for line in lines],
        lambda lines: [*lines[:4], "[" * 100_000, *lines[5:]],
        lambda lines: [*lines[:4], "[]", *lines[5:]],
    ],
    ids=["empty", "no end", "a line less", "a line more", "no start", "another format", "changed", "bomb", "a list"],
)
def test_an_export_that_is_not_whole_is_refused(
    config_store: Store, spoil: Callable[[list[str]], list[str]], request: pytest.FixtureRequest
) -> None:
    """Before anything is written."""
    for n in range(6):
        config_store.append([draft({"n": n}, expected=n)])
    lines = spoil(list(store_copy.export(config_store)))
    with empty("sqlite", request, "copy") as copy:
        with pytest.raises(InvalidError):
            store_copy.restore(lines, copy)
        assert copy.heads() == ()


def test_versions_whose_digest_is_not_theirs_are_refused(config_store: Store) -> None:
    """All of them are named, as are labels that name nothing."""
    with pytest.raises(InvalidError) as caught:
        config_store.restore([], {(KEY, LAYER, "stable"): 1})
    assert "stable of agent/inventory" in caught.value.problems[0].message
    (good,) = config_store.append([draft({"n": 1})]).versions
    import dataclasses

    with pytest.raises(InvalidError) as caught:
        config_store.restore([dataclasses.replace(good, content={"n": 2})], {})
    assert "another digest" in caught.value.problems[0].message


@pytest.mark.emulator
def test_a_restore_that_was_cut_short_is_begun_again(filled: Store, request: pytest.FixtureRequest) -> None:
    """In DynamoDB it is many requests: until its end nobody appends, and the same one more time makes it whole."""

    class Stopping(Table):
        left = 3

        def transact(self, actions: Any) -> None:  # noqa: ANN401 - as the base
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            super().transact(actions)

    lines = list(store_copy.export(filled))
    table = Stopping(request.getfixturevalue("dynamodb"), CONFIGURATION.name)
    name = f"{request.node.name}cut"
    cut = DynamoDbConfigStore(table, tenant=name, clock=lambda: NOW, random=lambda: 0.0)
    with pytest.raises(KeyboardInterrupt):
        store_copy.restore(lines, cut)
    table.left = 1_000
    assert store_copy.restore(lines, cut) == 41
    assert cut.heads() == filled.heads()
