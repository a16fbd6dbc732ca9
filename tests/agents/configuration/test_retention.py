"""Retention: what is live, labelled, in use or needed by an answer stays; the rest goes, and nothing else changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.configuration.documents import LabelMove
from agents.configuration.instances import Ack
from agents.configuration.retention import Retention, prune_versions
from agents.deadline import Deadline
from agents.errors import InvalidError
from tests.agents.configuration.config_world import KEY, LAYER, ConfigWorld, config_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

KEEP = Retention(versions=3, days=40)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConfigWorld]:
    with config_world(tmp_path) as found:
        yield found


def prune(world: ConfigWorld) -> None:
    prune_versions(world.store, world.store, keep=KEEP, now=lambda: world.now)(Deadline.after(30))


def publish(world: ConfigWorld, days: Sequence[int]) -> None:
    """A version after each of these many days."""
    for number, wait in enumerate(days, 1):
        world.now += timedelta(days=wait)
        world.rows(number)


def test_what_is_old_and_not_needed_goes(world: ConfigWorld) -> None:
    """The newest three stay, and those in force within the days, which is also the one before the first of them."""
    publish(world, [0, 1, 1, 1, 100, 1, 1])  # 4 was in force until the fifth came, 2 days ago
    prune(world)
    assert world.numbers() == [7, 6, 5, 4]
    prune(world)
    assert world.numbers() == [7, 6, 5, 4]


def test_what_was_in_force_lately_stays_however_many(world: ConfigWorld) -> None:
    """Twenty versions of one day are all needed by the answers of that day."""
    publish(world, [0] * 20)
    prune(world)
    assert len(world.numbers()) == 20
    world.now += timedelta(days=41)
    prune(world)
    assert world.numbers() == [20, 19, 18]


def test_a_labelled_version_and_its_head_stay(world: ConfigWorld) -> None:
    """Whatever their age; a label that goes away frees its version."""
    publish(world, [0] * 10)
    move = LabelMove(key=KEY, layer=LAYER, label="tried", number=2, expected=0, author="olga")
    world.publisher.label(move)
    world.now += timedelta(days=400)
    prune(world)
    assert world.numbers() == [10, 9, 8, 2]
    assert world.publisher.find(KEY, LAYER, "tried").content == {"parameters": {"rows": 2}}
    world.publisher.label(LabelMove(**{**vars(move), "number": 0, "expected": 2}))
    prune(world)
    assert world.numbers() == [10, 9, 8]
    assert world.rows(11).number == 11  # no number is given twice


def test_every_answer_of_the_days_keeps_its_configuration(world: ConfigWorld) -> None:
    """After pruning, each digest that ran within the days is found, at the time that it answered."""
    publish(world, [9] * 20)
    answers = []
    for number in range(40):
        at = world.now - timedelta(days=number)
        try:
            answers.append((at, world.publisher.effective(KEY, at=at).digest))
        except InvalidError:
            continue
    prune(world)
    assert len(world.numbers()) < 20
    for at, digest in answers:
        assert world.publisher.answered(KEY, digest, at=at).digest == digest


class Said:
    """An instance ledger that holds one ack."""

    def __init__(self, ack: Ack) -> None:
        self._ack = ack

    def ack(self, acks: Sequence[Ack]) -> None: ...

    def acks(self, *, seen_after: datetime) -> tuple[Ack, ...]:
        return (self._ack,) if self._ack.seen_at > seen_after else ()


def test_what_an_instance_runs_stays(world: ConfigWorld) -> None:
    """One that is behind for months can still be explained, for as long as it is seen."""
    publish(world, [0] * 10)
    world.now += timedelta(days=400)
    ack = Ack(
        instance="i-1", key=KEY, digest="sha256:0", versions={f"{KEY}@{LAYER}": 4}, cursor="9", status="applied",
        at=world.now - timedelta(days=399), seen_at=world.now - timedelta(days=1),
    )  # fmt: skip
    job = prune_versions(world.store, world.store, instances=Said(ack), keep=KEEP, now=lambda: world.now)
    job(Deadline.after(30))
    assert world.numbers() == [10, 9, 8, 4]


@pytest.mark.parametrize(("versions", "days"), [(0, 90), (10, 30), (10, 0)])
def test_too_little_cannot_be_kept(versions: int, days: int) -> None:
    """Conversations name their configuration for thirty days."""
    with pytest.raises(InvalidError):
        Retention(versions=versions, days=days)
