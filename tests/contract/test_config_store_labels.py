"""What every `ConfigStore` promises of labels, idempotency keys and every head there is."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from agents.configuration.documents import MAX_DRAFTS, MAX_LABELS, START, Draft, LabelMove
from agents.configuration.stores import version
from agents.errors import ConflictError, GapError, InvalidError

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.configuration.ports import ConfigStore

KEY, LAYER = "agent/inventory", "env:dev"


class Clock(Protocol):
    now: datetime


def draft(content: Content | None = None, *, key: str = KEY, layer: str = LAYER, expected: int = 0) -> Draft:
    return Draft(key=key, layer=layer, content=content or {}, author="olga", message="a reason", expected=expected)


def move(label: str, number: int, *, expected: int = 0, key: str = KEY, layer: str = LAYER) -> LabelMove:
    return LabelMove(key=key, layer=layer, label=label, number=number, expected=expected, author="olga")


def test_a_layer_without_labels_has_none(config_store: ConfigStore) -> None:
    """Neither an unknown document nor a fresh one names anything."""
    config_store.append([draft()])
    assert config_store.labels(KEY, LAYER) == {}
    assert config_store.labels("agent/sql", LAYER) == {}


def test_labels_name_move_and_go(config_store: ConfigStore) -> None:
    """A label names a version, then another, then none; labels of other layers are others."""
    for n in range(2):
        config_store.append([draft({"n": n}, expected=n)])
    config_store.append([draft(layer="base"), move("stable", 1)])
    config_store.append([move("stable", 1, layer="base")])
    config_store.append([move("stable", 2, expected=1), move("canary", 2)])
    assert config_store.labels(KEY, LAYER) == {"canary": 2, "stable": 2}
    config_store.append([move("stable", 0, expected=2)])
    assert config_store.labels(KEY, LAYER) == {"canary": 2}
    assert config_store.labels(KEY, "base") == {"stable": 1}


def test_label_moves_are_in_the_feed(config_store: ConfigStore, clock: Clock) -> None:
    """Each is a change with its label, in the same gapless order as versions; one that went has number 0."""
    config_store.append([draft()])
    clock.now += timedelta(seconds=1)
    appended = config_store.append([move("stable", 1)])
    config_store.append([move("stable", 0, expected=1)])
    changes = config_store.changes(after=START, limit=9).items
    assert [(change.label, change.number) for change in changes] == [("", 1), ("stable", 1), ("stable", 0)]
    assert (appended.versions, appended.cursor, changes[1].at) == ((), changes[1].cursor, clock.now)


def test_a_label_may_name_what_the_same_append_stores(config_store: ConfigStore) -> None:
    """Publish and label are one step for whoever reads."""
    config_store.append([draft({"n": 1}), move("stable", 1)])
    config_store.append([draft({"n": 2}, expected=1), move("stable", 2, expected=1)])
    assert config_store.labels(KEY, LAYER) == {"stable": 2}


@pytest.mark.parametrize("expected", [0, 2])
def test_a_label_that_is_elsewhere_conflicts(config_store: ConfigStore, expected: int) -> None:
    """Whoever did not see where it is may not move it, and nothing else of the append happens."""
    config_store.append([draft({"n": 1}), move("stable", 1)])
    config_store.append([draft({"n": 2}, expected=1)])
    tail = config_store.tail()
    with pytest.raises(ConflictError, match="stable"):
        config_store.append([draft(key="agent/sql"), move("stable", 2, expected=expected)])
    assert (config_store.labels(KEY, LAYER), config_store.tail()) == ({"stable": 1}, tail)
    assert config_store.heads([("agent/sql", LAYER)]) == (None,)


@pytest.mark.parametrize(
    "bad",
    [move("stable", 2), move("stable", -1), move("Stable", 1), move("", 1), move("stable", 1, key="agent/none")],
    ids=["a version to come", "a negative number", "no plain word", "empty", "no document"],
)
def test_a_bad_label_move_is_refused(config_store: ConfigStore, bad: LabelMove) -> None:
    """A label names a version that is there, by a plain word."""
    config_store.append([draft()])
    with pytest.raises(InvalidError):
        config_store.append([bad])
    assert config_store.labels(KEY, LAYER) == {}


def test_labels_of_a_layer_are_bounded(config_store: ConfigStore) -> None:
    """As many as there may be are there, one more is refused."""
    config_store.append([draft()])
    names = [f"l{n}" for n in range(MAX_LABELS)]
    for start in range(0, MAX_LABELS, MAX_DRAFTS):
        config_store.append([move(name, 1) for name in names[start : start + MAX_DRAFTS]])
    with pytest.raises(InvalidError, match="labels already"):
        config_store.append([move("more", 1)])
    assert sorted(config_store.labels(KEY, LAYER)) == sorted(names)


def test_the_most_label_moves_and_drafts_are_stored_together(config_store: ConfigStore) -> None:
    """Twenty-five items of both kinds, with an idempotency key, are one append."""
    config_store.append([draft({"n": n}, key=f"agent/a{n}") for n in range(12)])
    moves = [move("stable", 1, key=f"agent/a{n}") for n in range(12)]
    drafts = [draft({"n": n}, key=f"agent/a{n}", expected=1) for n in range(12)]
    appended = config_store.append([*drafts, *moves, draft(key="agent/b")], idempotency_key="all")
    assert (len(appended.versions), appended.cursor) == (13, config_store.tail())
    assert len(config_store.changes(after=START, limit=99).items) == 12 + 25


def test_eight_movers_of_one_label_leave_one_winner(config_store: ConfigStore) -> None:
    """Of moves that expect the same, one happens."""
    config_store.append([draft()])
    together = threading.Barrier(8)

    def put(_: int) -> bool:
        together.wait()
        try:
            config_store.append([move("stable", 1)])
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as movers:
        assert list(movers.map(put, range(8))).count(True) == 1
    assert len(config_store.changes(after=START, limit=99).items) == 2


def test_movers_of_different_labels_of_a_layer_all_succeed(config_store: ConfigStore) -> None:
    """They write the same things, and are no conflict."""
    config_store.append([draft()])
    with ThreadPoolExecutor(8) as movers:
        list(movers.map(lambda n: config_store.append([move(f"l{n}", 1)]), range(8)))
    assert config_store.labels(KEY, LAYER) == {f"l{n}": 1 for n in range(8)}


def test_the_same_append_again_gives_the_first_answer(config_store: ConfigStore, clock: Clock) -> None:
    """A caller who lost the answer sends the same with its key, and nothing is stored twice, whatever came since."""
    config_store.append([draft({"n": 1})])
    items: list[Draft | LabelMove] = [draft({"n": 2}, expected=1), draft(key="agent/sql"), move("stable", 1)]
    first = config_store.append(items, idempotency_key="k1")
    config_store.append([draft({"n": 3}, expected=2)])
    clock.now += timedelta(hours=23, minutes=59)
    assert config_store.append(items, idempotency_key="k1") == first
    assert len(config_store.changes(after=START, limit=9).items) == 5


def test_a_key_that_was_used_for_something_else_is_refused(config_store: ConfigStore) -> None:
    """Any difference counts: content, message, author, what was expected."""
    first = draft({"n": 1})
    config_store.append([first], idempotency_key="k1")
    others: list[Draft | LabelMove] = [
        draft({"n": 2}),
        dataclasses.replace(first, message="x"),
        dataclasses.replace(first, author="x"),
    ]
    for other in [*others, draft({"n": 1}, expected=1), move("stable", 1)]:
        with pytest.raises(InvalidError, match="something else"):
            config_store.append([other], idempotency_key="k1")
    assert config_store.tail() == config_store.changes(after=START, limit=9).items[0].cursor


def test_a_key_is_forgotten_after_a_day(config_store: ConfigStore, clock: Clock) -> None:
    """Then it is new, and its append is compared with what is there."""
    config_store.append([draft({"n": 1})], idempotency_key="k1")
    clock.now += timedelta(hours=24, seconds=1)
    with pytest.raises(ConflictError):
        config_store.append([draft({"n": 1})], idempotency_key="k1")
    assert config_store.append([draft({"n": 2}, expected=1)], idempotency_key="k1").versions[0].number == 2


def test_an_append_that_was_refused_does_not_use_its_key(config_store: ConfigStore) -> None:
    """Whoever conflicted merges, and tries again with the same key."""
    config_store.append([draft({"n": 1})])
    with pytest.raises(ConflictError):
        config_store.append([draft({"n": 2})], idempotency_key="k1")
    assert config_store.append([draft({"n": 2}, expected=1)], idempotency_key="k1").versions[0].number == 2


@pytest.mark.parametrize("key", ["x" * 256, "schlüssel"])
def test_what_is_no_idempotency_key_is_refused(config_store: ConfigStore, key: str) -> None:
    """A key is short ASCII."""
    with pytest.raises(InvalidError):
        config_store.append([draft()], idempotency_key=key)


def test_eight_senders_of_one_key_store_once(config_store: ConfigStore) -> None:
    """A caller that was impatient gets one answer, however often it asked."""
    together = threading.Barrier(8)

    def send(_: int) -> object:
        together.wait()
        return config_store.append([draft({"n": 1})], idempotency_key="k1")

    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(send, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert len(config_store.history(KEY, LAYER, before=None, limit=9)) == 1


def test_every_head_comes_by_key_and_layer(config_store: ConfigStore) -> None:
    """Without addresses: all there are, none of another tenant, the newest of each."""
    assert config_store.heads() == ()
    addresses = [("agent/a", "base"), ("agent/a", LAYER), ("agent/a-b", "base"), ("agent/ab", "base")]
    config_store.append([draft({"n": 1}, key=key, layer=layer) for key, layer in reversed(addresses)])
    config_store.append([draft({"n": 2}, key="agent/ab", layer="base", expected=1)])
    heads = config_store.heads()
    assert [(head.key, head.layer) for head in heads] == addresses
    assert heads == config_store.heads(addresses)


def test_more_heads_than_one_request_holds_are_read(config_store: ConfigStore) -> None:
    """A hundred is DynamoDB's limit, and not ours."""
    names = [f"agent/a{n:03}" for n in range(125)]
    for start in range(0, 125, MAX_DRAFTS):
        config_store.append([draft(key=name) for name in names[start : start + MAX_DRAFTS]])
    assert [head.key for head in config_store.heads()] == names
    assert [head.key for head in config_store.heads([(name, LAYER) for name in names])] == names


@pytest.mark.parametrize("cursor", ["1", "2", "99", "1-0123456789ab", "999999999999-0123456789ab"])
def test_a_cursor_that_the_log_never_reached_is_a_gap(config_store: ConfigStore, cursor: str) -> None:
    """It is of another store, or of what a restored backup no longer has: whoever holds it reads everything again."""
    with pytest.raises(GapError):
        config_store.changes(after=cursor, limit=9)
    first = config_store.append([draft()]).cursor
    with pytest.raises(GapError):
        config_store.changes(after=cursor, limit=9)
    assert config_store.changes(after=first, limit=9).items == ()


def test_versions_that_changed_little_are_read_as_they_were(config_store: ConfigStore) -> None:
    """Whatever a store makes of a hundred versions, each is what was published, in pages and alone."""
    contents: list[Content] = []
    content: Content = {"prompt": "Answer with the figures. " * 40, "limits": {"turns": 1}, "tools": ["a", "b"]}
    for n in range(100):
        content = {**content, "limits": {"turns": n, "ratio": n / 7 if n % 2 else float(n)}, f"f{n % 5}": [n, str(n)]}
        contents.append(content)
        config_store.append([draft(content, expected=n)])
    everything = config_store.history(KEY, LAYER, before=None, limit=200)
    assert [one.content for one in reversed(everything)] == contents
    for number in (1, 31, 32, 33, 64, 99, 100):
        assert version(config_store, KEY, LAYER, number) == everything[100 - number]
    assert [one.number for one in config_store.history(KEY, LAYER, before=34, limit=5)] == [33, 32, 31, 30, 29]
