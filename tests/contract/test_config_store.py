"""What every `ConfigStore` promises."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from agents.configuration.as_of import at_time
from agents.configuration.documents import MAX_DOCUMENT_BYTES, MAX_DRAFTS, START, Draft, MadeFrom, digest
from agents.configuration.stores import version
from agents.errors import ConflictError, InvalidError, NotFoundError
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.configuration.ports import ConfigStore


class Clock(Protocol):
    now: datetime


KEY, LAYER = "agent/inventory", "env:dev"


def draft(content: Content | None = None, *, key: str = KEY, layer: str = LAYER, expected: int = 0) -> Draft:
    return Draft(key=key, layer=layer, content=content or {}, author="olga", message="a reason", expected=expected)


def test_an_empty_store_has_no_heads_and_no_changes(config_store: ConfigStore) -> None:
    """A fresh store answers everything, with nothing in it."""
    assert config_store.heads([(KEY, LAYER)]) == (None,)
    assert config_store.history(KEY, LAYER, before=None, limit=10) == ()
    assert config_store.tail() == START
    changes = config_store.changes(after=START, limit=10)
    assert (changes.items, changes.cursor) == ((), START)


def test_what_is_appended_is_read_back_whole(config_store: ConfigStore, clock: Clock) -> None:
    """Content of every JSON type, author, message, time and digest come back as they went in."""
    content: Content = {"text": "Zürich 🚚", "number": 1.5, "whole": 2**53, "none": None, "list": [True, {"": []}]}
    (stored,) = config_store.append([draft(content)]).versions
    assert config_store.heads([(KEY, LAYER)]) == (stored,)
    assert version(config_store, KEY, LAYER, 1) == stored
    assert stored.content == content
    assert stored.digest == digest(content)
    assert (stored.author, stored.message, stored.created_at) == ("olga", "a reason", clock.now)


def test_versions_are_numbered_without_gaps_and_name_their_parent(config_store: ConfigStore) -> None:
    """Version n + 1 follows n, and carries the digest of n."""
    first, second = (config_store.append([draft({"n": n}, expected=n)]).versions[0] for n in (0, 1))
    assert (first.number, second.number) == (1, 2)
    assert (first.parent, second.parent) == ("", first.digest)


@pytest.mark.parametrize("expected", [0, 2, 7])
def test_an_append_from_another_head_conflicts(config_store: ConfigStore, expected: int) -> None:
    """Whoever did not read the newest version may not write over it."""
    config_store.append([draft()])
    with pytest.raises(ConflictError):
        config_store.append([draft({"late": True}, expected=expected)])
    assert [one.number for one in config_store.history(KEY, LAYER, before=None, limit=9)] == [1]


def test_all_drafts_are_stored_or_none(config_store: ConfigStore) -> None:
    """One conflict among the drafts leaves no trace of the others, nor of their changes."""
    config_store.append([draft()])
    tail = config_store.tail()
    with pytest.raises(ConflictError):
        config_store.append([draft(key="agent/sql"), draft(key=KEY), draft(key="agent/routing")])
    assert config_store.heads([("agent/sql", LAYER), ("agent/routing", LAYER)]) == (None, None)
    assert config_store.tail() == tail


def test_the_most_drafts_are_stored_in_order(config_store: ConfigStore) -> None:
    """Twenty-five drafts make twenty-five versions and as many changes, in the order given."""
    drafts = [draft({"n": n}, key=f"agent/a{n}") for n in range(MAX_DRAFTS)]
    appended = config_store.append(drafts)
    assert [one.key for one in appended.versions] == [d.key for d in drafts]
    changes = config_store.changes(after=START, limit=100)
    assert [change.key for change in changes.items] == [d.key for d in drafts]
    assert changes.cursor == appended.cursor == config_store.tail()


@pytest.mark.parametrize(
    "drafts",
    [
        [],
        [draft(key=f"agent/a{n}") for n in range(MAX_DRAFTS + 1)],
        [draft(), draft()],
        [draft(key="Agent/inventory")],
        [draft(layer="production")],
        [draft({"text": "x" * MAX_DOCUMENT_BYTES})],
        [draft({"number": float("nan")})],
    ],
    ids=["none", "too many", "one document twice", "bad key", "bad layer", "too large", "not JSON"],
)
def test_a_bad_append_is_refused(config_store: ConfigStore, drafts: list[Draft]) -> None:
    """What is wrong as written never reaches the store."""
    with pytest.raises(InvalidError):
        config_store.append(drafts)
    assert config_store.tail() == START


def test_a_document_of_the_greatest_size_is_stored(config_store: ConfigStore) -> None:
    """256 KiB of canonical JSON fit."""
    content: Content = {"text": "x" * (MAX_DOCUMENT_BYTES - len('{"text":""}'))}
    config_store.append([draft(content)])
    assert version(config_store, KEY, LAYER, 1).content == content


def test_heads_come_in_the_order_asked_for(config_store: ConfigStore) -> None:
    """The newest version of each address, None where there is none, the same one twice if asked twice."""
    config_store.append([draft({"a": 1}), draft({"b": 1}, key="agent/sql", layer="base")])
    config_store.append([draft({"a": 2}, expected=1)])
    sql, nothing, newest = config_store.heads([("agent/sql", "base"), ("agent/sql", LAYER), (KEY, LAYER)])
    assert nothing is None
    assert sql is not None
    assert newest is not None
    assert (sql.content, newest.content) == ({"b": 1}, {"a": 2})
    assert config_store.heads([]) == ()


def test_history_is_newest_first_and_paged(config_store: ConfigStore) -> None:
    """A page ends where the next begins."""
    for n in range(5):
        config_store.append([draft({"n": n}, expected=n)])
    page = config_store.history(KEY, LAYER, before=None, limit=2)
    rest = config_store.history(KEY, LAYER, before=page[-1].number, limit=10)
    assert [one.number for one in page + rest] == [5, 4, 3, 2, 1]


def test_history_returns_large_versions_whole(config_store: ConfigStore) -> None:
    """More than fits in one answer of a database is still one page."""
    for n in range(6):
        config_store.append([draft({"text": str(n) * 250_000}, expected=n)])
    assert len(config_store.history(KEY, LAYER, before=None, limit=6)) == 6


def test_an_unknown_version_is_not_found(config_store: ConfigStore) -> None:
    """A number that was never stored is an error, not an empty answer."""
    config_store.append([draft()])
    with pytest.raises(NotFoundError):
        version(config_store, KEY, LAYER, 2)


def test_changes_go_on_from_a_cursor(config_store: ConfigStore) -> None:
    """Reading in pages gives each change once, in order, and ends at the tail."""
    for n in range(5):
        config_store.append([draft({"n": n}, expected=n)])
    seen, cursor = [], START
    while (page := config_store.changes(after=cursor, limit=2)).items:
        seen += [change.number for change in page.items]
        cursor = page.cursor
    assert seen == [1, 2, 3, 4, 5]
    assert cursor == config_store.tail()


_MARK = "0123456789ab"
NO_CURSORS = ["x", "-1", "1.5", "٣", "0", "01", "1" * 13, "9" * 40, " 1", "1-", "1-0123", f"0-{_MARK}", f"01-{_MARK}",
              f"1-{_MARK.upper()}"]  # fmt: skip


@pytest.mark.parametrize("cursor", NO_CURSORS)
def test_a_cursor_of_another_kind_is_refused(config_store: ConfigStore, cursor: str) -> None:
    """A cursor is safe to keep, not to invent; each place has one spelling."""
    with pytest.raises(InvalidError):
        config_store.changes(after=cursor, limit=1)


def test_a_version_keeps_the_time_it_was_written(config_store: ConfigStore, clock: Clock) -> None:
    """Versions and changes carry the clock's time at their append."""
    config_store.append([draft({"n": 1})])
    clock.now += timedelta(days=1)
    config_store.append([draft({"n": 2}, expected=1)])
    first, second = config_store.changes(after=START, limit=2).items
    assert second.at - first.at == timedelta(days=1)


def test_times_are_what_is_shown_of_them(config_store: ConfigStore, clock: Clock) -> None:
    """Milliseconds: a version is found by the time that its history tells."""
    for n in range(3):
        clock.now = clock.now.replace(microsecond=123_100 + n * 1_300)
        config_store.append([draft({"n": n}, expected=n)])
    for one in config_store.history(KEY, LAYER, before=None, limit=9):
        shown = datetime.fromisoformat(rfc3339(one.created_at))
        assert one.created_at == shown
        assert at_time(config_store, KEY, LAYER, shown) == one
    changes = config_store.changes(after=START, limit=9).items
    assert [change.at.microsecond % 1_000 for change in changes] == [0, 0, 0]


def test_a_clock_that_was_set_back_makes_no_version_older(config_store: ConfigStore, clock: Clock) -> None:
    """As-of reads and retention go by time: one version of 1970 would take the one in force before it away."""
    (first,) = config_store.append([draft({"n": 1})]).versions
    clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    second, other = config_store.append([draft({"n": 2}, expected=1), draft(key="agent/sql")]).versions
    assert (second.created_at, other.created_at) == (first.created_at, clock.now)
    assert [change.at for change in config_store.changes(after=START, limit=9).items] == [
        first.created_at, first.created_at, clock.now,
    ]  # fmt: skip
    assert config_store.history(KEY, LAYER, before=None, limit=9) == (second, first)


def test_a_change_made_from_what_is_no_longer_there_conflicts(config_store: ConfigStore) -> None:
    """An ETag says the number and how the digest begins; where a store was put back, the number is another's."""
    (lost,) = config_store.append([draft({"n": "lost"})]).versions
    for of, taken in (("sha256:00000000", False), (lost.digest[:15], True)):
        made = draft({"n": 2}, expected=MadeFrom(1, of))
        if taken:
            assert config_store.append([made], idempotency_key="k").versions[0].number == 2
        else:
            with pytest.raises(ConflictError, match="another version 1"):
                config_store.append([made])


def test_two_writers_of_one_version_leave_one_winner(config_store: ConfigStore) -> None:
    """Of eight appends that expect the same head, one is stored and the others conflict."""
    together = threading.Barrier(8)

    def write(n: int) -> bool:
        together.wait()
        try:
            config_store.append([draft({"writer": n})])
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as writers:
        won = list(writers.map(write, range(8)))
    assert won.count(True) == 1
    assert version(config_store, KEY, LAYER, 1).content == {"writer": won.index(True)}
    assert len(config_store.changes(after=START, limit=99).items) == 1


def test_changes_of_eight_writers_have_no_gaps(config_store: ConfigStore) -> None:
    """Writers of different documents all succeed, and a reader meanwhile misses nothing."""
    done = threading.Event()

    def write(n: int) -> None:
        for number in range(4):
            config_store.append([draft({"n": number}, key=f"agent/a{n}", expected=number)])

    def follow() -> list[tuple[str, int]]:
        seen, cursor = [], START
        while True:
            last_look = done.is_set()
            page = config_store.changes(after=cursor, limit=5)
            seen += [(change.key, change.number) for change in page.items]
            cursor = page.cursor
            if last_look and not page.items:
                return seen

    with ThreadPoolExecutor(9) as pool:
        reader = pool.submit(follow)
        list(pool.map(write, range(8)))
        done.set()
        seen = reader.result(timeout=30)
    assert len(seen) == len(set(seen)) == 32
    assert all([number for key, number in seen if key == f"agent/a{n}"] == [1, 2, 3, 4] for n in range(8))
