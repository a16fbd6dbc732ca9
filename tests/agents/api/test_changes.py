"""The change feed over HTTP: everything that a caller may see, once, in order, from the cursor it names."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from agents.access.key_service import NewKey
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.changes_readers import MOST_EACH
from agents.configuration.api_keys import DocumentKeyStore
from agents.configuration.documents import LabelMove
from tests.agents.api.fed import LATE_S, STREAM, serving, soon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.agents.api.fed import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("feed")) as found:
        yield found


def test_a_stream_tells_what_was_and_then_what_comes(served: Served) -> None:
    """From a cursor on, in the order of the log, the newest as soon as it is durable."""
    before = served.store.tail()
    served.publish("agent/a", "agent/b")
    with served.stream(after=before) as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        assert events.response.headers["cache-control"] == "no-store"
        assert 1_000 <= events.retry < 2_000, "clients that were cut off together do not return together"
        assert [change["key"] for change in events.changes(2)] == ["agent/a", "agent/b"]
        for number in range(3):
            cursor = served.publish("agent/a")
            (change,) = events.changes(1)
            assert change == {
                "cursor": cursor, "key": "agent/a", "layer": "base", "number": number + 2, "at": change["at"],
            }  # fmt: skip


def test_an_append_of_another_process_is_told_too(served: Served) -> None:
    """Nobody says so here; the log is looked at anyway."""
    other = SqliteConfigStore(served.folder / "configuration.db", tenant="default", clock=lambda: datetime.now(UTC))
    with served.stream(after="latest") as events:
        cursor = served.publish("agent/elsewhere", store=other)
        assert [change["cursor"] for change in events.changes(1)] == [cursor]
    other.close()


def test_a_stream_goes_on_after_the_last_event(served: Served) -> None:
    """`Last-Event-ID` is the cursor, and counts before the `after` of the URL, which a browser sends again."""
    before = served.store.tail()
    cursors = [served.publish("agent/a") for _ in range(5)]
    with served.stream(headers={"Last-Event-ID": cursors[1]}, after=before) as events:
        assert [change["cursor"] for change in events.changes(3)] == cursors[2:]


def test_a_label_that_moves_is_a_change(served: Served) -> None:
    served.publish("agent/labelled")
    with served.stream(after="latest", key="agent/labelled") as events:
        served.store.append(
            [LabelMove(key="agent/labelled", layer="base", label="stable", number=1, expected=0, author="a")]
        )
        assert [(change["label"], change["number"]) for change in events.changes(1)] == [("stable", 1)]


def test_one_cursor_for_all_ways(served: Served) -> None:
    """What a poll ends with a stream goes on from, and the other way round."""
    start = served.store.tail()
    first = served.publish("agent/a")
    polled = served.get(after=start).json()
    assert (polled["cursor"], [change["cursor"] for change in polled["changes"]]) == (first, [first])
    second = served.publish("agent/a")
    with served.stream(after=polled["cursor"]) as events:
        (change,) = events.changes(1)
    third = served.publish("agent/a")
    waited = served.get(after=change["cursor"], wait_s=5).json()
    assert (change["cursor"], waited["cursor"]) == (second, third)


def test_a_poll_without_news_is_304(served: Served) -> None:
    served.publish("agent/a")
    cursor = served.get(after="latest").json()["cursor"]
    etag = served.get(after=cursor).headers["etag"]
    headers = served.probe.bearer("viewer") | {"If-None-Match": etag}

    def again() -> httpx.Response:
        return served.probe.request("GET", "/v1/changes", headers=headers, params={"after": cursor})

    assert (again().status_code, again().content, again().headers["etag"]) == (304, b"", etag)
    served.publish("agent/a")
    assert (again().status_code, len(again().json()["changes"])) == (200, 1)


def test_a_poll_has_pages(served: Served) -> None:
    cursor = served.store.tail()
    cursors = [served.publish("agent/a") for _ in range(5)]
    found = []
    while page := (answer := served.get(after=cursor, limit=2).json())["changes"]:
        assert len(page) <= 2
        found += [change["cursor"] for change in page]
        cursor = answer["cursor"]
    assert found == cursors


def test_a_long_poll_waits_for_the_first_change(served: Served) -> None:
    cursor = served.store.tail()
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(served.get(after=cursor, wait_s=LATE_S)))
    thread.start()
    soon(lambda: served.readers() == 1, "nobody waits")
    published = served.publish("agent/a")
    thread.join(LATE_S)
    assert [change["cursor"] for change in answers[0].json()["changes"]] == [published]


def test_a_long_poll_ends_with_nothing(served: Served) -> None:
    """After its time; what its caller may not see is nothing."""
    cursor = served.store.tail()
    served.publish("access/policy")
    answer = served.get(after=cursor, wait_s=0.3)
    assert (answer.status_code, answer.json()["changes"]) == (200, [])
    assert answer.json()["cursor"] != cursor, "what was not for this caller is not read again"


@pytest.mark.parametrize(("group", "sees"), [("viewer", set()), ("auditor", {"access/policy"})])
def test_everybody_sees_the_kinds_that_they_may_read(served: Served, group: str, sees: set[str]) -> None:
    """A viewer learns nothing of access documents, nobody of keys: neither of old changes nor of new ones."""
    before = served.store.tail()
    published = ["agent/a", "access/policy", "models/catalogue", "key/made-up"]
    wanted = [key for key in published if key in {"agent/a", "models/catalogue"} | sees]
    served.publish(*published)
    assert [change["key"] for change in served.get(group, after=before).json()["changes"]] == wanted
    with served.stream(group, after=before) as events:
        assert [change["key"] for change in events.changes(len(wanted))] == wanted
        served.publish(*published)
        assert [change["key"] for change in events.changes(len(wanted))] == wanted


def test_only_some_documents(served: Served) -> None:
    before = served.store.tail()
    served.publish("agent/a", "agent/b", "agent/c")
    with served.stream(after=before, key=["agent/c", "agent/a"]) as events:
        assert [change["key"] for change in events.changes(2)] == ["agent/a", "agent/c"]
        served.publish("agent/b")
        served.publish("agent/c")
        assert [change["key"] for change in events.changes(1)] == ["agent/c"]


def test_a_silent_stream_beats(served: Served) -> None:
    """A comment keeps what stands between alive; it has the cursor when that moved by what is not told."""
    with served.stream(after="latest") as events:
        assert events.block() == {"comment": ""}
        cursor = served.publish("access/policy")
        block = events.block()
        while "id" not in block:
            assert block == {"comment": ""}
            block = events.block()
        assert block == {"comment": "", "id": cursor}


def test_a_stream_ends_with_its_token(served: Served) -> None:
    token = served.probe.issuer.token("wanda", ["viewer"], lifetime_s=1.2)
    with served.stream(headers={"Authorization": f"Bearer {token}"}, after="latest") as events:
        assert events.end()["code"] == "unauthenticated"


def test_a_withdrawn_permission_ends_a_stream(served: Served) -> None:
    """Within a heartbeat, and the ten seconds for which keys are believed: here the process knows at once."""
    made = served.service.create(NewKey(name="ci", groups=("viewer",), scopes=("config",)), author="a")
    headers = {"Authorization": f"Bearer {made.text}"}
    with served.stream(headers=headers, after="latest") as events:
        served.publish("agent/a")
        events.changes(1)
        served.service.revoke("ci", author="a")
        assert events.end()["code"] == "unauthenticated"
    records = served.probe.records(events.response.headers["x-request-id"])
    assert [(one["action"], one["allowed"]) for one in records] == [("config:read", True), ("sign_in", False)]


def test_a_revoked_key_is_told_nothing_more(tmp_path: Path) -> None:
    """No change that comes after it, however long the next heartbeat is away: a request would be refused by now."""
    with serving(tmp_path, heartbeat_s=60) as served:
        made = served.service.create(NewKey(name="ci", groups=("viewer",), scopes=("config",)), author="a")
        headers = {"Authorization": f"Bearer {made.text}"}
        before = served.publish("agent/a")
        with (
            served.stream(headers=headers, after="latest") as events,
            served.stream(headers=headers, after=before) as another,
        ):
            served.publish("agent/a")
            events.changes(1)
            another.changes(1)
            served.service.revoke("ci", author="a")
            served.publish("agent/a")
            for stream in (events, another):
                end = stream.block()
                assert (end["event"], json.loads(end["data"])["code"]) == ("end", "unauthenticated")


def test_a_key_that_may_read_less_is_told_less(tmp_path: Path) -> None:
    """From the next change on."""
    with serving(tmp_path, heartbeat_s=60) as served:
        made = served.service.create(NewKey(name="ci", groups=("auditor",), scopes=("config",)), author="a")
        with served.stream(headers={"Authorization": f"Bearer {made.text}"}, after="latest") as events:
            served.publish("access/a")
            assert events.changes(1)[0]["key"] == "access/a"
            keys = DocumentKeyStore(served.store)
            found = keys.find("ci")
            assert found is not None
            keys.put(replace(found, groups=frozenset({"viewer"})), author="a", message="m")
            served.machines.forget()
            served.publish("access/a")
            served.publish("agent/a")
            assert events.changes(1)[0]["key"] == "agent/a"


def test_a_stream_is_decided_on_before_its_first_byte(served: Served) -> None:
    """What cannot be written down is not streamed."""
    served.probe.log.broken = True
    try:
        assert served.get(accept="text/event-stream").status_code == 503
    finally:
        served.probe.log.broken = False
    with served.stream(after="latest") as events:
        (record,) = served.probe.records(events.response.headers["x-request-id"])
    assert (record["action"], record["resource"], record["allowed"]) == ("config:read", "configs", True)


def test_one_person_leaves_room_for_others(tmp_path: Path) -> None:
    """Twenty streams and waiting polls at once; the next is told to wait, anybody else is served."""
    with serving(tmp_path) as served, ExitStack() as held:
        streams = [held.enter_context(served.stream(after="latest")) for _ in range(MOST_EACH)]
        refused = served.get(accept="text/event-stream")
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "limited", "5")
        assert served.get(after="latest", wait_s=5).status_code == 429
        assert served.get(after="latest").status_code == 200, "who does not wait holds nothing"
        with served.stream(headers=served.probe.bearer("viewer", subject="rita"), after="latest"):
            pass
        streams[0].response.close()

        def again() -> bool:
            with suppress(AssertionError), served.stream(after="latest"):
                return True
            return False

        soon(again, "the place of one who left is not given back")


def test_who_may_not_read_gets_no_stream(served: Served) -> None:
    assert served.get("warehouse_manager", accept="text/event-stream").status_code == 403
    headers = STREAM | {"Authorization": "Bearer nobody"}
    assert served.probe.request("GET", "/v1/changes", headers=headers).status_code == 401


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_a_cursor_that_the_log_does_not_reach_is_410(served: Served, accept: str) -> None:
    """It says what to do."""
    answer = served.get(after="999999999", accept=accept)
    assert (answer.status_code, answer.json()["code"]) == (410, "gap")
    assert "after=latest" in answer.json()["problems"][0]["fix"]


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"},
        {"after": "-1"},
        {"after": "01"},
        {"after": "9" * 40},
        {"key": "nonsense"},
        {"limit": 0},
        {"wait_s": 99},
    ],
)
def test_a_wrong_question_is_refused(served: Served, accept: str, query: dict[str, Any]) -> None:
    assert served.get(accept=accept, **query).status_code == 400


def test_the_tail_in_another_spelling_is_refused(served: Served) -> None:
    """It is the end of the log, and memory would never know it: one request kept a core until the next publish."""
    served.publish("agent/a")
    other = f"0{served.store.tail()}"
    assert served.get(accept="text/event-stream", after=other).status_code == 400
    headers = served.probe.bearer("viewer") | STREAM | {"Last-Event-ID": other}
    assert served.probe.request("GET", "/v1/changes", headers=headers).status_code == 400


def test_nobody_is_left_behind(served: Served) -> None:
    """Neither a reader nor a thread, when the clients are gone without a word."""
    for _ in range(5):
        with served.stream(after="latest"):
            assert served.readers() == 1, "one thread for all"
    soon(lambda: served.readers() == 0, "the feed is still read")


def test_too_many_readers_are_told_to_wait(tmp_path: Path) -> None:
    with serving(tmp_path, most=2) as served, served.stream() as one, served.stream() as two:
        answer = served.get(accept="text/event-stream")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        assert served.get().status_code == 200, "a poll holds nothing"
        served.publish("agent/a")
        assert one.changes(1) == two.changes(1)


def test_who_is_slower_than_memory_misses_nothing(tmp_path: Path) -> None:
    """The feed keeps eight changes here; who did not read reads on in the store's log."""
    with serving(tmp_path, kept=8) as served, served.stream() as quick, served.stream() as slow:
        cursors = [served.publish("agent/a") for _ in range(100)]
        assert [change["cursor"] for change in quick.changes(100)] == cursors
        assert [change["cursor"] for change in slow.changes(100)] == cursors


def test_who_does_not_read_is_dropped_and_disturbs_nobody(tmp_path: Path) -> None:
    """Its connection ends after the time for an unread answer; with its last id it goes on where it was."""
    keys = [f"agent/{number:02}-{'x' * 58}" for number in range(25)]
    with serving(tmp_path, send_buffer=4096) as served, served.probe.connect() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = served.probe.bearer("viewer") | STREAM | {"Host": "127.0.0.1"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        raw.sendall(f"GET /v1/changes HTTP/1.1\r\n{lines}\r\n".encode())
        raw.settimeout(LATE_S)
        got = raw.recv(4096)
        with served.stream() as quick:
            cursors = []
            for _ in range(60):  # 300 KB, more than the sockets and the server hold for one
                served.publish(*keys)
                cursors += [change["cursor"] for change in quick.changes(len(keys))]
        soon(lambda: served.readers() == 0, "the one who does not read is still served")
        with suppress(ConnectionError):
            while part := raw.recv(65536):
                got += part
        told = re.findall(rb"^id: (\S+)$", got, re.MULTILINE)
        assert [cursor.decode() for cursor in told] == cursors[: len(told)]
        with served.stream(headers={"Last-Event-ID": told[-1].decode() if told else ""}) as events:
            rest = [change["cursor"] for change in events.changes(len(cursors) - len(told))]
        assert cursors[len(told) :] == rest
        assert rest, "the sockets held it all, so nothing was dropped"


def test_where_the_process_sleeps_nothing_waits(tmp_path: Path) -> None:
    """On Lambda a stream is 406 and names what to do, and a poll answers at once."""
    with serving(tmp_path, waits=False) as served:
        answer = served.get(accept="text/event-stream")
        assert (answer.status_code, answer.json()["code"]) == (406, "invalid")
        assert "GET /v1/changes?after=" in answer.json()["problems"][0]["fix"]
        cursor = served.publish("agent/a")
        started = time.monotonic()
        assert served.get(after=cursor, wait_s=30).json() == {"changes": [], "cursor": cursor}
        assert time.monotonic() - started < 5
        assert served.readers() == 0


def test_a_server_that_ends_says_so(tmp_path: Path) -> None:
    """Streams and long polls end at once, without an error of the connection."""
    ended: list[str] = []
    with serving(tmp_path) as served:
        started = threading.Semaphore(0)

        def follow() -> None:
            with served.stream() as events:
                started.release()
                ended.append(events.end()["code"])

        threads = [threading.Thread(target=follow) for _ in range(5)]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert started.acquire(timeout=LATE_S)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    for thread in threads:
        thread.join(LATE_S)
    assert ended == ["unavailable"] * 5
