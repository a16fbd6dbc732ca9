"""Following from elsewhere: every change once, in order, by whatever way the server offers."""

from __future__ import annotations

import threading
import time
from itertools import islice
from typing import TYPE_CHECKING

import httpx
import pytest

from agents.client.client import Client
from agents.client.follow import AGAIN_S, LONGEST_S, MOST_REFUSALS, Following, Way
from agents.errors import ForbiddenError, GapError, InvalidError, UnauthenticatedError
from tests.agents.api.fed import serving, soon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.client.nouns import Change
    from tests.agents.api.fed import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("client")) as found:
        yield found


def client_of(served: Served, *groups: str, lifetime_s: float = 3600) -> Client:
    token = served.probe.issuer.token

    def fresh() -> str:
        return token("ci", groups or ("viewer",), lifetime_s=lifetime_s)

    return Client(f"http://127.0.0.1:{served.probe.port}", fresh)


class Background:
    """Follows in a thread, and keeps what it got."""

    def __init__(self, following: Following, stop: threading.Event) -> None:
        self.got: list[Change] = []
        self._stop = stop
        self._following = following
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for change in self._following:
            self.got.append(change)

    def end(self) -> list[str]:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()
        return [change.cursor for change in self.got]


def test_from_the_latest_on_nothing_is_missed(served: Served) -> None:
    """`latest` becomes a cursor before anything is waited for."""
    served.publish("agent/before")
    stop = threading.Event()
    with client_of(served) as client:
        following = Following(client, stop=stop)
        background = Background(following, stop)
        soon(lambda: following.cursor != "latest", "no place was taken")
        cursors = [served.publish("agent/a") for _ in range(20)]
        soon(lambda: len(background.got) == 20, "changes are missing")
        assert background.end() == cursors
        assert following.way is Way.STREAM


def test_from_a_cursor_on_and_only_some_documents(served: Served) -> None:
    after = served.store.tail()
    served.publish("agent/a", "agent/b")
    served.publish("agent/b")
    with client_of(served) as client:
        got = list(islice(Following(client, after=after, keys=["agent/b"]), 2))
    assert [change.key for change in got] == ["agent/b", "agent/b"]


def test_what_was_not_taken_is_told_again(served: Served) -> None:
    """The cursor moves when the change was taken: who stops in the middle loses nothing."""
    after = served.store.tail()
    cursors = [served.publish("agent/a") for _ in range(5)]
    with client_of(served) as client:
        following = Following(client, after=after)
        first = list(islice(following, 3))
        second = list(islice(Following(client, after=following.cursor), 3))
    assert [change.cursor for change in first] == cursors[:3]
    assert [change.cursor for change in second] == cursors[2:]


def test_a_token_that_ends_is_followed_by_another(served: Served) -> None:
    """The stream ends with its token; the next request carries a new one."""
    after, stop = served.store.tail(), threading.Event()
    with client_of(served, lifetime_s=1) as client:
        background = Background(Following(client, after=after, stop=stop), stop)
        cursors = []
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            cursors.append(served.publish("agent/a"))
            soon(lambda: len(background.got) == len(cursors), "changes are missing")
        assert background.end() == cursors


def test_what_waiting_does_not_mend_is_raised(served: Served) -> None:
    """No permission, no such cursor, no such token, no such key."""
    with client_of(served, "warehouse_manager") as client, pytest.raises(ForbiddenError):
        next(iter(Following(client)))
    with client_of(served) as client, pytest.raises(GapError, match="after=latest"):
        next(iter(Following(client, after="999999999")))
    with client_of(served) as client, pytest.raises(InvalidError):
        next(iter(Following(client, after="", keys=["nonsense"])))
    with Client(f"http://127.0.0.1:{served.probe.port}", "nobody") as client, pytest.raises(UnauthenticatedError):
        next(iter(Following(client, after="")))


def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """Stopped and started on the same store, at another address: nothing is missed."""
    stop, cursors = threading.Event(), []
    with serving(tmp_path) as served, client_of(served) as client:
        background = Background(following := Following(client, after="", stop=stop, name="a"), stop)
        cursors += [served.publish("agent/a") for _ in range(5)]
        soon(lambda: len(background.got) == 5, "changes are missing")
        # The address is the client's: what it asks next, it asks the second server.
        with serving(tmp_path) as second:
            client.connection.http.base_url = httpx.URL(f"http://127.0.0.1:{second.probe.port}")
            served.probe.stop()
            cursors += [second.publish("agent/a") for _ in range(5)]
            soon(lambda: len(background.got) == 10, "changes are missing")
            assert background.end() == cursors
    assert following.way is Way.STREAM


def test_where_nothing_is_streamed_it_polls(tmp_path: Path) -> None:
    """On Lambda: neither a stream nor waiting, so it asks again after a while."""
    stop = threading.Event()
    with serving(tmp_path, waits=False) as served, client_of(served) as client:
        following = Following(client, after="", stop=stop, poll_s=0.05)
        background = Background(following, stop)
        cursors = [served.publish("agent/a") for _ in range(3)]
        soon(lambda: len(background.got) == 3, "changes are missing")
        soon(lambda: following.way is Way.POLL, "it waits for a server that does not")
        cursors += [served.publish("agent/a") for _ in range(3)]
        soon(lambda: len(background.got) == 6, "changes are missing")
        assert background.end() == cursors


def test_waiting_grows_and_is_spread(served: Served) -> None:
    """Twice as long after each failure, by a spread that is the same for one name and others for others."""
    with client_of(served) as client:
        pauses = {}
        for name in ("a", "b"):
            following = Following(client, name=name)
            pauses[name] = [following._pause_s() for _ in range(12)]
            again = Following(client, name=name)
            assert pauses[name] == [again._pause_s() for _ in range(12)]
        assert pauses["a"] != pauses["b"]
        assert all(0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(pauses["a"][:6]))
        assert LONGEST_S / 2 <= pauses["a"][-1] <= LONGEST_S


CHANGE = '{"cursor": "1", "key": "agent/a", "layer": "base", "number": 1, "at": "2026-06-30T09:00:00.000Z"}'
EVENT = f"retry: 1000\n\nid: 1\nevent: change\ndata: {CHANGE}\n\n"


class InBetween:
    """What stands before the server answers streams in its own way; other requests get one change."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.streams = self.polls = 0
        self.paths: list[str] = []

    def client(self) -> Client:
        return Client("http://test", "x", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.raw_path.decode())
        if request.headers["accept"] != "text/event-stream":
            self.polls += 1
            return httpx.Response(200, text=f'{{"changes": [{CHANGE}], "cursor": "1"}}')
        self.streams += 1
        if self._answers:
            return self._answers.pop(0)
        return httpx.Response(200, text=EVENT, headers={"content-type": "text/event-stream; charset=utf-8"})


def events(text: str, **headers: str) -> httpx.Response:
    return httpx.Response(200, text=text, headers={"content-type": "text/event-stream", **headers})


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>maintenance</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, text=""),
        events("id: 3\nevent: change\ndata: {not json\n\n"),
        events("id: 3\nevent: change\ndata: []\n\n"),
        events('id: 3\nevent: change\ndata: {"cursor": "3"}\n\n'),
        events("event: end\ndata: nothing\n\n"),
        events("event: end\n\n"),
    ],
)
def test_rubbish_is_waited_out(answer: httpx.Response) -> None:
    """A page of a proxy, or half an event: it is asked again, from the same place."""
    between = InBetween(answer)
    with between.client() as client:
        following = Following(client, after="0")
        (change,) = islice(following, 1)
    assert (change.key, between.streams, following.way) == ("agent/a", 2, Way.STREAM)


def test_rubbish_in_the_place_of_an_answer_is_waited_out() -> None:
    """Also where it polls, and where it asks for its first place."""
    said = [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"changes": [{}], "cursor": "1"}),
        httpx.Response(200, text=f'{{"changes": [{CHANGE}], "cursor": "1"}}'),
    ]
    with Client("http://test", "x", transport=httpx.MockTransport(lambda _: said.pop(0))) as client:
        following = Following(client, after="0")
        following.way = Way.POLL
        assert [change.key for change in islice(following, 1)] == ["agent/a"]


CONTENT = '{"key": "agent/a", "digest": "d", "versions": {"agent/a@base": 1}, "content": {}}'


def test_a_stream_tells_the_content_before_the_change() -> None:
    """And when it ends, that what was told is not known to be the newest any more."""
    heard: list[str] = []
    told = f"retry: 1000\n\nevent: effective\ndata: {CONTENT}\n\n{EVENT}event: effective\ndata: null\n\n"
    between = InBetween(events(told))
    with between.client() as client:
        following = Following(client, after="0", keys=["agent/a"], content_of="agent/a", instance="i",
                              told=lambda one: heard.append(one.digest if one else "ask"))  # fmt: skip
        heard.extend(change.cursor for change in islice(following, 2))
    assert heard[:4] == ["d", "1", "ask", "ask"]
    assert between.paths[0] == "/v1/configs/agent/a/effective?after=0&instance=i"


def test_a_server_that_tells_changes_alone_is_followed_all_the_same() -> None:
    """It answers what runs, as JSON, to whoever asks for its stream."""
    between = InBetween(httpx.Response(200, text=CONTENT, headers={"content-type": "application/json"}))
    with between.client() as client:
        following = Following(client, after="0", keys=["agent/a"], content_of="agent/a")
        assert [change.key for change in islice(following, 1)] == ["agent/a"]
    assert between.paths[1].startswith("/v1/changes?after=0&key=agent")


def test_who_finds_no_place_to_stream_polls_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Somebody else of its name holds all of them: it hears late, which is better than not at all."""
    full = httpx.Response(429, json={"code": "limited", "title": "you follow 20 times already"})
    full.headers["Retry-After"] = "0"
    between = InBetween(*[full] * 99)
    with between.client() as client:
        following = Following(client, after="0")
        assert [change.key for change in islice(following, 1)] == ["agent/a"]
    assert (following.way, between.streams, between.polls) == (Way.POLL, MOST_REFUSALS, 1)
    assert "you follow 20 times already" in caplog.text


def test_after_a_while_a_stream_is_tried_again() -> None:
    """What was slow to start, or not there, may be mended; each try that fails makes the next one later."""
    now = [0.0]
    none = httpx.Response(406, json={"code": "invalid", "title": "nothing is streamed here"})
    between = InBetween(none, none)
    with between.client() as client:
        following = Following(client, after="0", clock=lambda: now[0], poll_s=0)
        changes = iter(following)
        ways: list[Way] = []
        for at in (0, AGAIN_S - 1, AGAIN_S, 3 * AGAIN_S - 1, 3 * AGAIN_S):
            now[0] = at
            next(changes)
            ways.append(following.way)
    assert ways[0] is not Way.STREAM
    assert [way is Way.STREAM for way in ways] == [False, False, False, False, True]
    assert between.streams == 3


def test_a_way_that_was_chosen_stays(served: Served) -> None:
    """Who is told to poll does not begin to stream."""
    after = served.store.tail()
    served.publish("agent/a")
    now = [0.0]
    with client_of(served) as client:
        following = Following(client, after=after, clock=lambda: now[0], poll_s=0)
        following.way = Way.POLL
        changes = iter(following)
        next(changes)
        now[0] = 1e9
        served.publish("agent/a")
        next(changes)
    assert following.way is Way.POLL
