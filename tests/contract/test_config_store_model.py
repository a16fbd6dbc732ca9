"""Any sequence of appends, label moves and prunes gives what a few lines of plain Python give, and a gapless log."""

from __future__ import annotations

import random
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration import store_copy
from agents.configuration.cursors import position
from agents.configuration.documents import START, Draft, LabelMove
from agents.contract import CONFIGURATION
from agents.errors import ConflictError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.configuration.documents import Address, Content

    Store = SqliteConfigStore | DynamoDbConfigStore

NOW = datetime(2026, 6, 30, tzinfo=UTC)
ADDRESSES = [("agent/a", "base"), ("agent/a", "env:dev"), ("agent/b", "base")]
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
addresses = st.sampled_from(ADDRESSES)
names = st.sampled_from(["stable", "canary"])
numbers = st.integers(0, 6)
contents = st.dictionaries(
    st.sampled_from("abc"), st.text(max_size=9) | st.integers() | st.lists(st.booleans() | st.floats(0, 1)), max_size=3
)
drafts = st.builds(
    lambda at, content, off: ("draft", at, content, off), addresses, contents, st.sampled_from([0, 0, 0, 0, 1])
)
moves = st.builds(
    lambda at, name, number, off: ("move", at, name, number, off),
    addresses, names, numbers, st.sampled_from([0, 0, 0, 1]),
)  # fmt: skip


class Machine(RuleBasedStateMachine):
    """A store and its model: contents by number, labels, and the log."""

    make: Callable[[ExitStack], Store]

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.store = type(self).make(self.closing)
        self.versions: dict[Address, dict[int, Content]] = {at: {} for at in ADDRESSES}
        self.heads: dict[Address, int] = dict.fromkeys(ADDRESSES, 0)
        self.labels: dict[Address, dict[str, int]] = {at: {} for at in ADDRESSES}
        self.log: list[tuple[str, str, int, str]] = []
        self.keys: dict[str, tuple[list[Draft | LabelMove], object]] = {}

    @rule(parts=st.lists(drafts | moves, min_size=1, max_size=4), key=st.sampled_from(["", "", "k1", "k2"]))
    def append(self, parts: list[Any], key: str) -> None:
        items: list[Draft | LabelMove] = []
        heads, labels = dict(self.heads), {at: dict(named) for at, named in self.labels.items()}
        versions = {at: dict(kept) for at, kept in self.versions.items()}
        log = list(self.log)
        wrong: type[Exception] | None = None
        for part in parts:
            (name, layer), off = part[1], part[-1]
            if part[0] == "draft":
                expected = heads[part[1]] + off
                items.append(Draft(key=name, layer=layer, content=part[2], author="a", message="m", expected=expected))
                wrong = wrong or (ConflictError if off else None)
                heads[part[1]] += 1
                versions[part[1]][heads[part[1]]] = part[2]
                log.append((name, layer, heads[part[1]], ""))
            else:
                label, number = part[2], part[3]
                expected = labels[part[1]].get(label, 0) + off
                items.append(
                    LabelMove(key=name, layer=layer, label=label, number=number, expected=expected, author="a")
                )
                if wrong is None and off:
                    wrong = ConflictError
                elif wrong is None and number and number > heads[part[1]]:
                    wrong = InvalidError
                labels[part[1]] = {**labels[part[1]], label: number} if number else {
                    one: at for one, at in labels[part[1]].items() if one != label
                }  # fmt: skip
                log.append((name, layer, number, label))
        pruned = wrong is None and any(
            isinstance(item, LabelMove) and item.number and item.number not in versions[item.key, item.layer]
            for item in items
        )
        twice = len({(p[1], p[2] if p[0] == "move" else "") for p in parts}) < len(parts)
        if twice or (key in self.keys and self.keys[key][0] != items):
            wrong = InvalidError
        elif key in self.keys:
            assert self.store.append(items, idempotency_key=key) == self.keys[key][1]
            return
        elif pruned:
            wrong = InvalidError
        if wrong is not None:
            with pytest.raises(wrong):
                self.store.append(items, idempotency_key=key)
            return
        appended = self.store.append(items, idempotency_key=key)
        self.heads, self.labels, self.versions, self.log = heads, labels, versions, log
        assert position(appended.cursor).number == len(log)
        if key:
            self.keys[key] = items, appended

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def append_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.keys)))
        items, appended = self.keys[key]
        assert self.store.append(items, idempotency_key=key) == appended

    @rule(at=addresses, gone=st.sets(numbers))
    def prune(self, at: Address, gone: set[int]) -> None:
        self.store.prune(*at, gone)
        kept = {self.heads[at], *self.labels[at].values()}
        self.versions[at] = {n: one for n, one in self.versions[at].items() if n in kept or n not in gone}

    @invariant()
    def reads_agree(self) -> None:
        for (key, layer), kept in self.versions.items():
            history = self.store.history(key, layer, before=None, limit=99)
            assert [(one.number, one.content) for one in history] == sorted(kept.items(), reverse=True)
            assert self.store.labels(key, layer) == self.labels[key, layer]
        heads = [(head.key, head.layer, head.number) for head in self.store.heads()]
        assert heads == [(*at, number) for at, number in self.heads.items() if number]

    @invariant()
    def the_log_has_no_gap(self) -> None:
        changes = self.store.changes(after=START, limit=999).items
        assert [(one.key, one.layer, one.number, one.label) for one in changes] == self.log
        assert [position(one.cursor).number for one in changes] == list(range(1, len(self.log) + 1))
        assert self.store.tail() == (changes[-1].cursor if self.log else START)

    def teardown(self) -> None:
        copied = tempfile.TemporaryDirectory()
        copy = SqliteConfigStore(Path(copied.name) / "copy.db", tenant="t", clock=lambda: NOW)
        store_copy.copy(self.store, copy)
        try:
            assert copy.heads() == self.store.heads()
        finally:
            copy.close()
            copied.cleanup()
            self.closing.close()


def sqlite(closing: ExitStack) -> SqliteConfigStore:
    folder = closing.enter_context(tempfile.TemporaryDirectory())
    store = SqliteConfigStore(Path(folder) / "store.db", tenant="default", clock=lambda: NOW)
    closing.callback(store.close)
    return store


def test_sqlite_does_what_the_model_does() -> None:
    """Forty lives of a store, of fifteen steps each."""
    machine = type("OnSqlite", (Machine,), {"make": staticmethod(sqlite)})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis has no types here
        machine,
        settings=settings(SETTINGS, max_examples=40, stateful_step_count=15),
    )


@pytest.mark.emulator
def test_dynamodb_does_what_the_model_does(dynamodb: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """A few lives of one, each of a tenant of its own."""
    lives = iter(range(10_000))
    table = Table(dynamodb, CONFIGURATION.name)

    def make(_: ExitStack) -> DynamoDbConfigStore:
        return DynamoDbConfigStore(table, tenant=f"{tenant}-{next(lives)}", clock=lambda: NOW,
                                   random=random.Random(1).random)  # fmt: skip

    machine = type("OnDynamoDb", (Machine,), {"make": staticmethod(make)})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # as above
        machine,
        settings=settings(SETTINGS, max_examples=4, stateful_step_count=8),
    )
