"""What was in force when, found by halving; which configuration answered, proven by its digest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.configuration.as_of import in_force, read_time
from agents.errors import InvalidError, NotFoundError
from tests.agents.configuration.config_world import KEY, LAYER, START, ConfigWorld, config_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConfigWorld]:
    with config_world(tmp_path) as found:
        yield found


def test_each_moment_has_its_version(world: ConfigWorld) -> None:
    """Of forty versions a minute apart: before, on and after each, as a reader of all would find."""
    versions = [world.rows(number) for number in range(1, 41)]
    for seconds in range(-90, 41 * 60 + 90, 30):
        when = START + timedelta(seconds=seconds)
        expected = max((one.number for one in versions if one.created_at <= when), default=None)
        found = in_force(world.store, (KEY, LAYER), when)
        assert (found.number if found else None) == expected


def test_a_version_that_is_not_kept_is_never_another(world: ConfigWorld) -> None:
    """Where retention left a gap nobody knows when the one before it ended, and nothing is said."""
    versions = [world.rows(number) for number in range(1, 21)]
    world.store.prune(KEY, LAYER, [1, 2, 3, 8, 9, 15])
    for version in versions:
        when = version.created_at + timedelta(seconds=1)
        if version.number in {1, 2, 3, 7, 8, 9, 14, 15}:
            with pytest.raises(NotFoundError, match="not kept any more"):
                in_force(world.store, (KEY, LAYER), when)
        else:
            assert in_force(world.store, (KEY, LAYER), when) == version


def test_an_answer_names_its_configuration(world: ConfigWorld) -> None:
    """Also when the agent was behind, or ran a layer of its own; a digest of nothing is not found."""
    world.rows(1)
    slow = world.publisher.effective(KEY)
    for rows in range(2, 12):
        world.rows(rows)
        world.rows(rows, layer="base", key="agent/defaults")
    assert world.publisher.answered(KEY, slow.digest, at=world.now) == slow
    now = world.publisher.effective(KEY)
    assert world.publisher.answered(KEY, now.digest, at=world.now) == now
    world.rows(99, layer="instance:i-1")
    own = world.publisher.effective(KEY, instance="i-1")
    assert world.publisher.answered(KEY, own.digest, at=world.now, instance="i-1") == own
    with pytest.raises(NotFoundError, match="has the digest"):
        world.publisher.answered(KEY, own.digest, at=world.now)
    with pytest.raises(NotFoundError, match="has the digest"):
        world.publisher.answered(KEY, now.digest, at=START - timedelta(hours=1))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-06-30", "2026-06-30T12:00:00", "99999-01-01T00:00:00Z", "1"])
def test_a_time_has_its_zone(text: str) -> None:
    """What is no moment is refused; a date is not one."""
    with pytest.raises(InvalidError):
        read_time(text)


def test_references_mean_one_version(world: ConfigWorld) -> None:
    """Number, label, time and word; of nothing, an error that says what there is."""
    first, second = world.rows(1), world.rows(2)
    find = world.publisher.find
    assert (
        find(KEY, LAYER, "1") == find(KEY, LAYER, "previous") == find(KEY, LAYER, first.created_at.isoformat()) == first
    )
    assert find(KEY, LAYER, "2") == find(KEY, LAYER, "head") == second
    for ref in ("3", "0", "stable", "2020-01-01T00:00:00Z"):
        with pytest.raises(NotFoundError):
            find(KEY, LAYER, ref)
    with pytest.raises(NotFoundError):
        find("agent/sql", "base", "previous")
