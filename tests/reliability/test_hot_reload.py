"""R5: configuration changes under load, a fifth of it not valid, the store away for a while; no turn notices."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from agents.access.principal import Caller, Principal
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.bootstrap.common import now
from agents.configuration.applied import AppliedStates
from agents.configuration.documents import Draft
from agents.errors import UnavailableError
from agents.runtime.acks import Acks
from agents.runtime.assistant import Assistant, Question
from agents.runtime.follow import Follower
from agents.runtime.following import following
from agents.runtime.last_good import LastGood
from agents.runtime.model import ModelReply
from agents.runtime.registry import load_plugins
from agents.supply_chain import document
from agents.supply_chain.policy import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from agents.access.decisions import Decision
    from agents.configuration.documents import Address, Changes, Content, Version
    from agents.configuration.instances import Ack
    from agents.deadline import Deadline
    from agents.runtime.model import ModelRequest
    from tests.reliability.conftest import Load

RELOADS, TURNS_PER_S, AWAY_S = 500, 200, 600  # the full form
LEAST_RELOADS, LEAST_S = 50, 3.0  # the short one
INVALID_OF = 5  # each fifth is not valid
THREADS = 4
WANDA = Caller(
    principal=Principal(
        subject="wanda", tenant="default", groups=frozenset({"warehouse_manager"}), persona="warehouse_manager"
    ),
    token="",
)


class Line:
    """Configuration and ledger over a line that can be cut."""

    def __init__(self, store: SqliteConfigStore, instances: SqliteInstanceStore) -> None:
        self._store = store
        self._instances = instances
        self.cut = False

    def tail(self) -> str:
        return self._through().tail()

    def changes(self, *, after: str, limit: int) -> Changes:
        return self._through().changes(after=after, limit=limit)

    def heads(self, addresses: Sequence[Address]) -> tuple[Version | None, ...]:
        return self._through().heads(addresses)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        return self._through().history(key, layer, before=before, limit=limit)

    def ack(self, acks: Sequence[Ack]) -> None:
        self._through()
        self._instances.ack(acks)

    def _through(self) -> SqliteConfigStore:
        if self.cut:
            raise UnavailableError("the line is cut")
        return self._store


@dataclass
class Published:
    """The numbers of the versions, as the publisher knows them."""

    newest_valid: int = 0
    invalid: set[int] = field(default_factory=set)


class Model:
    """Answers with the version that it was shown, in each place where one is: two in a turn would differ."""

    name = "scripted"

    def converse(self, request: ModelRequest, *, deadline: Deadline) -> ModelReply:
        seen = {int(re.search(r"version (\d+)", request.system)[1]), int(request.parameters["version"])}
        return ModelReply(text=" ".join(map(str, seen)), calls=(), input_tokens=1, output_tokens=1, cost_usd=Decimal(0))


class Unwritten:
    def record(self, decision: Decision) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteConfigStore]:
    store = SqliteConfigStore(tmp_path / "configuration.db", tenant="default", clock=now)
    store.append(
        [
            Draft(key=f"agent/{name}", layer="base", content=document(name), author="", message="", expected=0)
            for name in ("defaults", "sql")
        ]
    )
    yield store
    store.close()


def content(number: int, *, valid: bool) -> Content:
    good: Content = {"instructions": f"This is version {number}.", "parameters": {"version": number}}
    return good if valid else {**good, "limits": {"turns": -number}}


def put(store: SqliteConfigStore, published: Published, number: int) -> None:
    valid = number % INVALID_OF != 0
    if not valid:
        published.invalid.add(number)
    # Past the publisher, who would refuse a fifth of them.
    draft = Draft(
        key="agent/sql",
        layer="env:dev",
        content=content(number, valid=valid),
        author="x",
        message="",
        expected=number - 1,
    )
    store.append([draft])
    if valid:
        published.newest_valid = number


@dataclass
class Asking:
    """Threads that ask without a pause, and what was wrong with an answer."""

    assistant: Assistant
    line: Line
    published: Published
    ended: threading.Event = field(default_factory=threading.Event)
    wrong: list[str] = field(default_factory=list)
    turns: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        turns: Counter[str] = Counter()
        conversation: str | None = None
        while not self.ended.is_set():
            if turns["all"] % 10 == 9:
                conversation = None
            turns["all"] += 1
            cut, least = self.line.cut, self.published.newest_valid
            turns["away"] += cut
            try:
                answer = self.assistant.ask(Question(text="?", agent="sql", conversation_id=conversation), WANDA)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a failed turn
                self.wrong.append(repr(error))
            else:
                conversation = answer.conversation_id
                self._look(answer.answer, least=0 if cut or self.line.cut else least)
        self.turns.update(turns)

    def _look(self, answer: str, *, least: int) -> None:
        seen = {int(one) for one in answer.split()}
        if len(seen) != 1:
            self.wrong.append(f"one turn saw {seen}")
        if seen & self.published.invalid:
            self.wrong.append(f"{seen} is not valid, and ran")
        if min(seen) < least:
            self.wrong.append(f"{seen} ran after {least} was published")


@pytest.fixture
def instances(tmp_path: Path) -> Iterator[SqliteInstanceStore]:
    instances = SqliteInstanceStore(tmp_path / "configuration.db", tenant="default", clock=now)
    yield instances
    instances.close()


@pytest.fixture
def line(store: SqliteConfigStore, instances: SqliteInstanceStore) -> Line:
    return Line(store, instances)


@pytest.fixture
def started(line: Line, tmp_path: Path) -> Callable[[str], Follower]:
    """Makes an instance of a name over the line, and the disk of its machine."""

    def started(name: str) -> Follower:
        acks = Acks(line, instance=name, now=now, clock=time.monotonic)
        last_good = LastGood(tmp_path / "last-good", key=bytes(32), scope="default/dev")
        return Follower(
            line,  # type: ignore[arg-type]  # what it reads
            agents=("sql",),
            environment="dev",
            instance=name,
            last_good=last_good,
            acks=acks,
        )

    return started


@pytest.fixture
def asking(line: Line, started: Callable[[str], Follower], tmp_path: Path) -> Iterator[Asking]:
    conversations = SqliteConversationStore(tmp_path / "conversations.db", clock=now)
    assistant = Assistant(
        registry=load_plugins(["agents.supply_chain"]),
        follower=started("i-1"),
        policy=lambda: POLICY,
        decisions=Unwritten(),
        runner=None,  # type: ignore[arg-type]  # no tool is called
        dialect="duckdb",
        conversations=conversations,
        models={"default": Model()},
        now=now,
        today=lambda: datetime(2026, 6, 30, tzinfo=UTC).date(),
        random=os.urandom,
    )
    yield Asking(assistant, line, Published())
    conversations.close()


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_turn_notices_a_reload(
    store: SqliteConfigStore,
    line: Line,
    instances: SqliteInstanceStore,
    asking: Asking,
    started: Callable[[str], Follower],
    load: Load,
    report: Callable[..., None],
) -> None:
    """No turn fails, sees two versions, runs one that is not valid, or one older than was published when it began."""
    reloads = max(LEAST_RELOADS, load.of(RELOADS))
    away_s = AWAY_S if load.full else 1.0
    own, published = asking.assistant.follower, asking.published
    put(store, published, 1)
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool, following(own, every_s=0.05):
        running = [pool.submit(asking.run) for _ in range(THREADS)]
        try:
            for number in range(2, reloads + 2):
                put(store, published, number)
                if number == reloads // 2:
                    line.cut = True
                    before = own.current()["sql"].digest
                    asking.ended.wait(away_s)
                    # One that starts meanwhile runs what the disk holds.
                    assert started("i-2").snapshot()["sql"].digest == before
                    line.cut = False
                asking.ended.wait(LEAST_S / LEAST_RELOADS)
        finally:
            asking.ended.set()
        for thread in running:
            thread.result()
        took_s = time.monotonic() - began
        put(store, published, reloads + 2)
        states = AppliedStates(store=store, instances=instances, agents={"sql"}, environment="dev", now=now)
        until = time.monotonic() + 60  # acks that were kept back while the ledger was away come late
        while not states.report().converged():
            assert time.monotonic() < until, "the last version was not applied"
            threading.Event().wait(0.05)
    turns = asking.turns
    per_s = round(turns["all"] / took_s)
    report(reloads=reloads, invalid=len(published.invalid), turns=turns["all"], away_s=away_s, turns_per_s=per_s,
           turns_while_away=turns["away"], wrong=len(asking.wrong))  # fmt: skip
    assert not asking.wrong, asking.wrong[:5]
    assert turns["away"] > 0
    assert per_s >= TURNS_PER_S, "void: too little load to prove anything"
