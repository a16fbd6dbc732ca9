"""What `previous` means, what a rollback says of labels, and what it gives when it is sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.configuration.documents import LabelMove
from agents.configuration.publish import KEY_REUSED, Wish
from agents.errors import ConflictError, InvalidError, NotFoundError
from tests.agents.configuration.config_world import KEY, LAYER, ConfigWorld, config_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.publish import Published


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConfigWorld]:
    with config_world(tmp_path) as found:
        yield found


def label(world: ConfigWorld, name: str, number: int, *, expected: int = 0) -> None:
    move = LabelMove(key=KEY, layer=LAYER, label=name, number=number, expected=expected, author="olga")
    world.publisher.label(move)


def back(world: ConfigWorld, to: str = "previous", *, once: str = "", made_from: int | None = None) -> Published:
    """A rollback of the version `made_from`, of whatever is the newest without it."""
    wish = Wish(key=KEY, layer=LAYER, author="olga", message="", expected=made_from or 0)
    return world.publisher.rollback(wish, to=to, whatever=made_from is None, idempotency_key=once)


@pytest.mark.parametrize(
    ("rows", "previous"),
    [
        ([1, 2], 1),
        ([1, 2, 2, 2], 1),
        ([1, 2, 3, 2], 1),  # three was taken back
        ([1, 2, 1, 3], 3),
        ([1, 2, 3, 1, 3], 1),  # two was taken back by the second one, and that by the second three
        ([1, 2, 1], None),
        ([1, 1], None),
    ],
)
def test_previous_is_the_last_that_was_not_taken_back(
    world: ConfigWorld, rows: list[int], previous: int | None
) -> None:
    """And that says something else; it is meant the same wherever a version is named."""
    for one in rows:
        world.rows(one)
    if previous is None:
        with pytest.raises(NotFoundError, match="no previous version"):
            world.publisher.find(KEY, LAYER, "previous")
    else:
        assert world.publisher.find(KEY, LAYER, "previous").number == previous
        assert back(world).versions[0].content == world.publisher.find(KEY, LAYER, str(previous)).content


def test_a_second_rollback_does_not_bring_the_mistake_back(world: ConfigWorld) -> None:
    """It goes on to what was there before."""
    for one in (6, 7, 8):
        world.rows(one)
    assert [back(world).versions[0].content["parameters"] for _ in range(2)] == [{"rows": 7}, {"rows": 6}]
    with pytest.raises(NotFoundError):
        back(world)


def test_a_protected_label_that_is_left_behind_is_told(world: ConfigWorld) -> None:
    """Not one that names what came back, or what is older, and no other label; none of them moves."""
    for one in (1, 2, 3, 4):
        world.rows(one)
    label(world, "live", 4)
    label(world, "stable", 1)
    label(world, "tried", 4)
    told = [one for one in back(world, "2").warnings if "label" in one.message]
    assert [(one.code, one.message) for one in told] == [
        ("warning", f"the label 'live' still names version 4 of {KEY} ({LAYER}), which is taken back")
    ]
    assert f"qm config label {KEY} live 5 --layer {LAYER}" in told[0].fix
    assert world.publisher.labels(KEY, LAYER) == {"live": 4, "stable": 1, "tried": 4}
    label(world, "live", 5, expected=4)
    assert not [one for one in back(world, "2").warnings if "label" in one.message]


@pytest.mark.parametrize("to", ["previous", "label", "time", "1"])
@pytest.mark.parametrize("whatever", [True, False])
def test_a_rollback_that_is_sent_again_gives_what_was_stored(world: ConfigWorld, to: str, *, whatever: bool) -> None:
    """Though the label names another, the newest is another, and the old content would be refused by now."""
    for one in (1, 2):
        world.rows(one)
    label(world, "good", 1)
    label(world, "live", 2)
    asked = {"label": "good", "time": (world.now - timedelta(seconds=30)).isoformat()}.get(to, to)
    made_from = None if whatever else 2
    first = back(world, asked, once="k", made_from=made_from)
    world.rows(9)
    label(world, "good", 4, expected=1)
    world.publisher = world.serving("staging")  # where nothing runs env:dev, so nothing of it would be taken
    again = back(world, asked, once="k", made_from=made_from)
    assert (again.versions, again.cursor) == (first.versions, first.cursor)
    assert (
        [one for one in again.warnings if "label" in one.message]
        == [one for one in first.warnings if "label" in one.message]
        != []
    )
    assert world.numbers() == [4, 3, 2, 1]


def test_another_rollback_under_the_same_key_is_refused(world: ConfigWorld) -> None:
    """With a code of its own, and nothing is stored."""
    for one in (1, 2, 3):
        world.rows(one)
    back(world, "1", once="k", made_from=3)
    for to, made_from in (("2", 3), ("previous", 3), ("1", 4), ("2", None), ("1", 2)):
        with pytest.raises(InvalidError) as refused:
            back(world, to, once="k", made_from=made_from)
        assert [one.code for one in refused.value.problems] == [KEY_REUSED], (to, made_from)
    assert world.numbers() == [4, 3, 2, 1]
    assert back(world, "2", once="other").versions[0].number == 5


def test_a_rollback_that_came_too_late_is_not_taken_for_one_that_was_stored(world: ConfigWorld) -> None:
    """The same author published what came after the expected version; the key is new."""
    for one in (1, 2, 3):
        world.rows(one)
    with pytest.raises(ConflictError):
        back(world, "1", once="k", made_from=2)
    assert world.numbers() == [3, 2, 1]


def test_a_publish_that_is_sent_again_is_not_judged_again(world: ConfigWorld) -> None:
    """What was stored is given; what never was is a conflict; what is other is refused by its own code."""
    draft = world.draft({"parameters": {"rows": 3}})
    first = world.publisher.publish_many([draft], idempotency_key="k")
    world.rows(4)
    world.publisher = world.serving("staging")
    assert world.publisher.publish_many([draft], idempotency_key="k").versions == first.versions
    with pytest.raises(ConflictError):
        world.publisher.publish_many([draft], idempotency_key="new")
    with pytest.raises(InvalidError):  # without a key it is as it was
        world.publisher.publish_many([draft])
    world.publisher = world.serving("dev")
    for expected in (0, 2):
        content = {"parameters": {"rows": 5}}
        other = type(draft)(**{**vars(draft), "content": content, "expected": expected})
        with pytest.raises(InvalidError) as refused:
            world.publisher.publish_many([other], idempotency_key="k")
        assert [one.code for one in refused.value.problems] == [KEY_REUSED]
    assert world.numbers() == [2, 1]
