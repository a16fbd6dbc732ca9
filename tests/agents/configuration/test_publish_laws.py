"""Laws of publishing: whatever is published, patched and rolled back, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.configuration.diff import as_patch, diff
from agents.configuration.documents import Draft, LabelMove
from agents.configuration.problems import errors
from agents.errors import ConflictError, InvalidError, NotFoundError
from tests.agents.configuration.config_world import KEY, LAYER, ConfigWorld, config_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.documents import Content
    from agents.json_value import Json

CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text("abc", min_size=1, max_size=8),
        "parameters": st.dictionaries(st.sampled_from(["rows", "a", "b"]), st.integers(1, 99), max_size=3),
        "limits": st.fixed_dictionaries({}, optional={"turns": st.integers(1, 8), "parallel_tools": st.integers(1, 8)}),
    },
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConfigWorld]:
    with config_world(tmp_path_factory.mktemp("laws")) as found:
        yield found


def _with_nulls(old: Json, new: Json) -> Json:
    """A merge patch from one value to another."""
    if not isinstance(new, dict):
        return new
    gone: Content = {key: None for key in old if key not in new} if isinstance(old, dict) else {}
    return {**gone, **new}


@settings(max_examples=60, deadline=None)
@given(old=CONTENTS, new=CONTENTS)
def test_a_patch_is_the_publish_of_the_whole(world: ConfigWorld, old: Content, new: Content) -> None:
    """The edits between two contents, as a JSON Patch or a merge patch, give the digest of the second."""
    publisher = world.publisher
    publisher.publish(world.draft(old))
    patched = publisher.patch(world.wish(), as_patch(diff(old, new)), form="json").versions[0]
    publisher.publish(world.draft(old))
    gone = {name: None for name in old if name not in new}
    inner = {name: _with_nulls(old.get(name, {}), value) for name, value in new.items()}
    merged = publisher.patch(world.wish(), {**gone, **inner}, form="merge").versions[0]
    whole = publisher.publish(world.draft(new))
    assert patched.digest == merged.digest == whole.digest


@settings(max_examples=40, deadline=None)
@given(contents=st.lists(CONTENTS, min_size=2, max_size=5), data=st.data())
def test_a_rollback_gives_that_very_content(world: ConfigWorld, contents: list[Content], data: st.DataObject) -> None:
    """To any number, with a new number; to it again is the same content."""
    publisher = world.publisher
    versions = [publisher.publish(world.draft(content)) for content in contents]
    target = data.draw(st.sampled_from(versions))
    for _ in range(2):
        back = publisher.rollback(world.wish(), to=str(target.number)).versions[0]
        assert (back.content, back.digest) == (target.content, target.digest)
    assert back.number == versions[-1].number + 2


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.integers(1, 4), min_size=1, max_size=9))
def test_previous_never_brings_back_what_was_taken_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[int]
) -> None:
    """Rolling back again and again leads to older content each time, until there is none, and never forth again."""
    with config_world(tmp_path_factory.mktemp("previous")) as world:
        for one in rows:
            world.rows(one)
        seen = [world.publisher.head(KEY, LAYER).digest]
        while True:
            try:
                seen.append(world.publisher.rollback(world.wish(), to="previous").versions[0].digest)
            except NotFoundError:
                break
        assert len(set(seen)) == len(seen)
        first: dict[str, int] = {}
        for number, version in enumerate(world.store.history(KEY, LAYER, before=len(rows) + 1, limit=99)[::-1]):
            first.setdefault(version.digest, number)
        assert [first[digest] for digest in seen] == sorted((first[digest] for digest in seen), reverse=True)


@settings(max_examples=40, deadline=None)
@given(
    content=st.dictionaries(st.sampled_from(["title", "tools", "limits", "x"]), st.integers() | st.none() | st.just([]))
)
def test_what_validate_finds_is_what_publish_refuses(world: ConfigWorld, content: Content) -> None:
    """A dry run says the same as the publish, problem by problem, and stores nothing."""
    draft, tail = world.draft(content), world.store.tail()
    found = errors(world.publisher.validate(draft))
    assert world.store.tail() == tail
    if found:
        with pytest.raises(InvalidError) as refused:
            world.publisher.publish(draft)
        assert refused.value.problems == found
        assert world.store.tail() == tail
    else:
        assert world.publisher.publish(draft).content == content


def test_old_content_that_no_longer_fits_says_why(world: ConfigWorld) -> None:
    """A rollback is validated as of today: what it needs may be gone. Nothing is stored then."""
    read = world.publisher.head("agent/sql", "base").content
    untitled = {name: value for name, value in read.items() if name != "title"}
    layer = {"key": "agent/sql", "layer": LAYER}
    world.publisher.publish(world.draft({"title": "SQL of dev"}, **layer))
    world.publisher.publish(world.draft(untitled, key="agent/sql", layer="base"))
    world.publisher.publish(world.draft({"title": "SQL, once more"}, **layer))
    world.store.append([world.draft({}, **layer)])
    tail = world.store.tail()
    with pytest.raises(InvalidError, match=r"version 3 of agent/sql .* is no longer valid: /title") as refused:
        world.publisher.rollback(world.wish(**layer), to="3")
    assert refused.value.problems[0].pointer == "/title"
    assert world.store.tail() == tail
    world.publisher.rollback(world.wish(**layer), to="2")


def test_several_drafts_are_judged_together(world: ConfigWorld) -> None:
    """Two that fit only with each other are stored together; a label may name a version that comes with it."""
    key = "agent/inventory"
    head = world.publisher.head(key, "base").content
    untitled = world.draft({name: value for name, value in head.items() if name != "title"}, key=key, layer="base")
    titled = world.draft({"title": "Inventory of dev"}, key=key, layer=LAYER)
    with pytest.raises(InvalidError):
        world.publisher.publish(untitled)
    label = LabelMove(key=key, layer=LAYER, label="tried", number=titled.expected + 1, expected=0, author="olga")
    done = world.publisher.publish_many([untitled, titled, label])
    assert [one.layer for one in done.versions] == ["base", LAYER]
    assert world.publisher.find(key, LAYER, "tried") == done.versions[1]


def test_a_shared_document_may_not_take_what_an_agent_needs(tmp_path: Path) -> None:
    """The problem names the agent; an agent that was broken before is no reason to refuse."""
    with config_world(tmp_path) as world:
        publish = world.publisher.publish
        publish(world.draft({"title": "An agent"}, key="agent/defaults"))
        head = world.publisher.head("agent/sql", "base").content
        untitled = {name: value for name, value in head.items() if name != "title"}
        publish(world.draft(untitled, key="agent/sql", layer="base"))
        with pytest.raises(InvalidError, match=r"\(in agent/sql\)") as refused:
            publish(world.draft({}, key="agent/defaults"))
        assert refused.value.problems[0].pointer == "/title"
        world.store.append([world.draft({"title": 7}, key="agent/sql")])
        publish(world.draft({"title": "An agent", "limits": {"turns": 2}}, key="agent/defaults"))


def test_no_label_is_called_like_a_word(world: ConfigWorld) -> None:
    """`head` and `previous` always mean what they say."""
    for word in ("head", "previous"):
        with pytest.raises(InvalidError):
            world.publisher.label(LabelMove(key=KEY, layer=LAYER, label=word, number=1, expected=0, author="olga"))
        assert errors(
            world.publisher.validate(LabelMove(key=KEY, layer=LAYER, label=word, number=1, expected=0, author="olga"))
        )


def test_a_patch_of_no_version_conflicts(world: ConfigWorld) -> None:
    """What was patched is not there any more, or never was."""
    wish = world.wish()
    with pytest.raises(ConflictError):
        world.publisher.patch(type(wish)(**{**vars(wish), "expected": 99_999}), [], form="json")
    with pytest.raises(NotFoundError):
        world.publisher.rollback(wish, to="99999")


def test_an_instances_layer_is_checked_over_the_others(world: ConfigWorld) -> None:
    """It counts for agents only, and not for what they share."""
    layer = "instance:i-1"
    with pytest.raises(InvalidError, match="/limits/turns"):
        world.publisher.publish(world.draft({"limits": {"turns": 0}}, layer=layer))
    world.publisher.publish(world.draft({"parameters": {"rows": 9}}, layer=layer))
    assert world.publisher.effective(KEY, instance="i-1").content["parameters"]["rows"] == 9
    for key in ("agent/defaults", "access/policy"):
        with pytest.raises(InvalidError, match="nothing here runs the layer"):
            world.publisher.publish(Draft(key=key, layer=layer, content={}, author="olga", message="m", expected=0))
