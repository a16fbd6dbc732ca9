"""An agent that reaches no store follows over HTTP: the real server, the real client."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agents.adapters.local_issuer import LocalIssuer
from agents.bootstrap.common import now
from agents.client.client import Client
from agents.client.follow import Following, Way
from agents.client.nouns import Ack as ClientAck
from agents.configuration.documents import Change, Changes
from agents.errors import GapError, NotFoundError, UnavailableError
from agents.runtime.acks import Acks
from agents.runtime.follow import Follower
from agents.runtime.follow_remote import KEPT, RemoteSource, hearing, pause_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from agents.client.nouns import Effective
    from agents.configuration.instances import Ack
    from agents.json_value import Json

QM = (sys.executable, "-m", "agents.entry.cli")


class Ledger:
    """The server's ledger, as a client reaches it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ack(self, acks: Sequence[Ack]) -> None:
        self._client.ack(
            [ClientAck(**{name: value for name, value in vars(ack).items() if name != "seen_at"}) for ack in acks]
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [*QM, "serve", "--port", "0"], env=os.environ | {"QM_HOME": str(home)}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield server.stdout.readline().split()[-1]
    finally:
        server.terminate()
        server.wait(15)
        server.stdout.close()


@pytest.fixture(scope="module")
def client(home: Path, url: str) -> Iterator[Client]:
    token = LocalIssuer(home / "issuer.pem", clock=time.time).token("remote-1", ["operator"])
    with Client(url, token) as client:
        yield client


@contextmanager
def instance(client: Client, name: str, way: Way) -> Iterator[Follower]:
    """An agent elsewhere that hears of changes in some way."""
    source = RemoteSource(client, instance=name)
    acks = Acks(Ledger(client), instance=name, now=now, clock=time.monotonic)
    follower = Follower(source, agents=("sql",), environment="dev", instance=name, acks=acks)

    def stream(after: str, stop: threading.Event) -> Iterable[Change]:
        following = Following(client, after=after, name=name, stop=stop, poll_s=0.05)
        following.way = way
        return (Change(**vars(change)) for change in following)

    with hearing(
        source,
        latest=lambda: client.changes("latest", limit=1).cursor,
        stream=stream,
        heard=follower.snapshot,
        name=name,
    ):
        yield follower


def publish(client: Client, rows: int, layer: str = "env:dev") -> int:
    try:
        made_from = client.get("agent/sql", layer=layer).number
    except NotFoundError:
        made_from = 0
    content: dict[str, Json] = {"parameters": {"rows": rows}}
    return client.put("agent/sql", content, layer=layer, message="m", made_from=made_from).number


def runs(follower: Follower, rows: int) -> bool:
    return follower.current()["sql"].config.parameters["rows"] == rows


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not come"
        threading.Event().wait(0.01)


@pytest.mark.parametrize("way", Way)
def test_an_agent_elsewhere_applies_what_is_published_and_says_so(client: Client, way: Way) -> None:
    """By a stream, by waiting and by asking again; the server's ledger shows it."""
    name = f"i-{way.name.lower()}"
    with instance(client, name, way) as follower:
        until(follower.current)
        for rows in (way.value * 10, way.value * 10 + 1):
            publish(client, rows)
            until(functools.partial(runs, follower, rows))
        publish(client, 99, layer=f"instance:{name}")
        until(functools.partial(runs, follower, 99))
        until(
            lambda: (
                [
                    (one.standing, one.digest)
                    for one in client.instances(["agent/sql"]).instances
                    if one.instance == name
                ]
                == [("applied", follower.current()["sql"].digest)]
            )
        )


def test_nothing_is_in_force_before_the_server_was_heard() -> None:
    """Then a turn is told so."""
    source = RemoteSource(None, instance="i")  # type: ignore[arg-type]  # not asked
    with pytest.raises(UnavailableError, match="not heard yet"):
        Follower(source, agents=("sql",), environment="dev").snapshot()


def change(number: int) -> Change:
    return Change(cursor=str(number), key="agent/sql", layer="base", number=number, at=now())


def test_what_was_heard_is_told_from_any_cursor_that_is_known() -> None:
    """In order; from one that fell out, or is of another log, everything is read again."""
    source = RemoteSource(None, instance="i")  # type: ignore[arg-type]  # not asked
    source.begin("0")
    for number in range(1, 4):
        source.hear(change(number))
    assert source.tail() == "3"
    assert [one.cursor for one in source.changes(after="1", limit=9).items] == ["2", "3"]
    assert source.changes(after="0", limit=2).cursor == "2"
    assert source.changes(after="3", limit=9) == Changes((), "3")
    for number in range(4, KEPT + 9):
        source.hear(change(number))
    for unknown in ("0", "1", "another"):
        with pytest.raises(GapError):
            source.changes(after=unknown, limit=9)
    source.begin("5000")
    assert source.tail() == "5000"


def test_what_is_another_instances_wakes_nobody_else() -> None:
    """Its layer is no part of what this one runs, nor is a label."""
    source = RemoteSource(None, instance="i")  # type: ignore[arg-type]  # not asked
    source.begin("0")
    told = [change(1), replace(change(2), layer="instance:other"), replace(change(3), layer="instance:i"),
            replace(change(4), label="live")]  # fmt: skip
    assert [source.hear(one) for one in told] == [True, False, True, False]
    assert source.tail() == "3"
    assert [one.cursor for one in source.changes(after="0", limit=9).items] == ["1", "3"]


class Failing:
    """Streams that end in some way each time; `asked` counts them."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = errors
        self.asked = 0

    def stream(self, after: str, ended: threading.Event) -> Iterator[Change]:
        self.asked += 1
        if self.asked <= len(self._errors):
            raise self._errors[self.asked - 1]
        yield change(self.asked)
        ended.wait()


@pytest.mark.parametrize("error", [ValueError("rubbish"), KeyError("cursor"), RuntimeError("a defect")])
def test_whatever_is_heard_the_one_who_hears_goes_on(error: Exception) -> None:
    """An agent that has stopped to listen would stay on its version for good."""
    source, failing = RemoteSource(None, instance="i"), Failing(error)  # type: ignore[arg-type]  # not asked
    with hearing(source, latest=lambda: "0", stream=failing.stream, heard=lambda: None, name="i"):
        until(lambda: failing.asked == 2 and source.tail() == "2")


def test_a_log_that_never_reaches_back_is_not_asked_without_a_pause() -> None:
    """Each pause is longer than the one before, also when the place itself can be had."""
    source, failing = RemoteSource(None, instance="i"), Failing(*[GapError("gone")] * 1_000)  # type: ignore[arg-type]  # not asked
    began = time.monotonic()
    with hearing(source, latest=lambda: "0", stream=failing.stream, heard=lambda: None, name="i"):
        until(lambda: failing.asked == 3)
    assert time.monotonic() - began >= pause_s("i", 1) + pause_s("i", 2)


class Away:
    """A server that says what should run, except the times that it is away."""

    def __init__(self, client: Client, *away: int) -> None:
        self._client = client
        self._away = away
        self.asked = 0

    def effective(self, key: str, *, instance: str = "") -> Effective:
        self.asked += 1
        if self.asked in self._away:
            raise UnavailableError("away")
        return self._client.effective(key, instance=instance)


def test_what_could_not_be_read_after_a_change_is_read_again(client: Client) -> None:
    """An idle agent has no turn that would look again, and no other change may come."""
    away = Away(client, 2, 3)
    source = RemoteSource(away, instance="i")
    follower = Follower(source, agents=("sql",), environment="dev", instance="i")
    changed = threading.Event()

    def stream(after: str, ended: threading.Event) -> Iterator[Change]:
        changed.wait(20)
        yield change(int(after) + 1)
        ended.wait()

    with hearing(source, latest=lambda: "5", stream=stream, heard=follower.snapshot, name="i"):
        until(follower.current)
        publish(client, 1_234)
        changed.set()
        until(functools.partial(runs, follower, 1_234))
    assert away.asked == 4


def test_who_is_told_the_content_asks_for_nothing(client: Client) -> None:
    """After its start: the content comes with each change, also that of its own layer."""
    asked = Away(client)
    source = RemoteSource(asked, instance="i-told")
    follower = Follower(source, agents=("sql",), environment="dev", instance="i-told")

    def stream(after: str, stop: threading.Event) -> Iterator[Change]:
        following = Following(client, after=after, name="i-told", stop=stop, content_of="agent/sql",
                              instance="i-told", told=source.take)  # fmt: skip
        return (Change(**vars(change)) for change in following)

    with hearing(source, latest=lambda: client.changes("latest", limit=1).cursor, stream=stream,
                 heard=follower.snapshot, name="i-told"):  # fmt: skip
        until(follower.current)
        for rows in (71, 72):
            publish(client, rows)
            until(functools.partial(runs, follower, rows))
        publish(client, 73, layer="instance:i-told")
        until(functools.partial(runs, follower, 73))
        assert follower.current()["sql"].digest == client.effective("agent/sql", instance="i-told").digest
    assert asked.asked == 1


def test_what_was_told_is_forgotten_when_the_stream_ends(client: Client) -> None:
    """Something may have changed that nobody told."""
    asked = Away(client)
    source = RemoteSource(asked, instance="i")
    told = client.effective("agent/sql")
    source.begin("0")
    source.take(told)
    assert source.newest(["sql"])["sql"].versions == told.versions
    assert (asked.asked, len(source.newest(["sql", "inventory"]))) == (0, 2)
    source.take(None)
    source.newest(["sql"])
    source.take(told)
    source.begin("1")
    source.newest(["sql"])
    assert asked.asked == 3


def test_pauses_are_spread_and_the_same_again() -> None:
    """Who was cut off together does not come back together; the longest is half a minute."""
    firsts = {pause_s(f"i-{number}", 1) for number in range(100)}
    assert len(firsts) == 100
    assert min(firsts) >= 0.25
    assert pause_s("i-1", 3) == pause_s("i-1", 3)
    assert 15 <= pause_s("i-1", 50) <= 30
