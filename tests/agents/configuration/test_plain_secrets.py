"""A secret that is written out is refused in a draft, and masked where it was stored before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.configuration.plain_secrets import plain_secrets, shown
from agents.errors import InvalidError
from tests.agents.configuration.config_world import KEY, LAYER, ConfigWorld, config_world
from tests.agents.configuration.documents_world import SCHEMA, FakeAgent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.documents import Content, Version
    from agents.json_value import Json

AGENTS = {"carriers": FakeAgent(SCHEMA)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConfigWorld]:
    with config_world(tmp_path) as found:
        yield found


def stored(world: ConfigWorld, content: Content, *, layer: str = LAYER) -> Version:
    """A version from before such content was refused."""
    return world.store.append([world.draft(content, layer=layer)]).versions[0]


@pytest.mark.parametrize(
    ("key", "layer", "pointers"),
    [
        ("agent/carriers", {"parameters": {"api_key": "hunter2", "rows": 3}}, ["/parameters/api_key"]),
        ("agent/carriers", {"parameters": {"db-password": 1234}}, ["/parameters/db-password"]),
        ("agent/carriers", {"parameters": {"carrier_key": "hunter2"}}, ["/parameters/carrier_key"]),
        ("agent/carriers", {"parameters": {"$replace": {"carrier_key": "x"}}}, ["/parameters/$replace/carrier_key"]),
        ("agent/defaults", {"parameters": {"carrier_key": "hunter2"}}, ["/parameters/carrier_key"]),
        ("agent/carriers", {"parameters": {"api_key": {"$secret": "name"}, "use_token": True}}, []),
        ("agent/carriers", {"parameters": {"api_key": {"$remove": True}}}, []),
        ("agent/carriers", {"limits": {"tokens_per_turn": 9}, "routing": {"keywords": ["password"]}}, []),
        ("vendor/acme", {"credentials": {"user": "u", "more": ["x"]}}, ["/credentials/more/0", "/credentials/user"]),
        ("vendor/acme", {"name": "Secret Services", "tokens": 3}, []),
        ("schema/vendor", {"properties": {"password": {"type": "string"}}}, []),
        ("routing/default", {"intents": {"reset-password": {"agent": "carriers"}}}, []),
    ],
)
def test_what_is_a_secret_or_called_one_is_found(key: str, layer: Content, pointers: list[str]) -> None:
    """By the plugin's schema and by the name, at any depth; references, flags and the fields of a form are none."""
    found = list(plain_secrets(key, layer, AGENTS))
    assert sorted(problem.pointer for problem in found) == pointers
    assert all("call it by another name" in problem.fix for problem in found)
    assert ("***" in str(shown(key, layer, AGENTS))) is bool(pointers)


def test_such_a_draft_is_refused(world: ConfigWorld) -> None:
    """Also where a layer above covers it, since it would be stored and shown all the same; the value is not told."""
    world.publisher.publish(world.draft({"parameters": {"api_key": {"$remove": True}}}))
    base = world.publisher.head(KEY, "base")
    assert base is not None
    for layer in (LAYER, "base"):
        content: Content = {**base.content, "parameters": {"api_key": "hunter2"}}
        with pytest.raises(InvalidError) as refused:
            world.publisher.publish(world.draft(content, layer=layer))
        problems = [one for one in refused.value.problems if one.pointer == "/parameters/api_key"]
        assert [(one.message, one.where) for one in problems] == [
            ("a secret is never written into a document", f"{KEY} ({layer})")
        ]
        assert "$secret" in problems[0].fix
        assert "hunter2" not in str(refused.value.problems)


def test_what_was_stored_keeps_no_other_layer_from_being_published(world: ConfigWorld) -> None:
    """It is mended when somebody publishes it again, and not before; taken back to, it is refused."""
    bad = stored(world, {"parameters": {"api_key": "hunter2"}})
    base = world.publisher.head(KEY, "base")
    assert base is not None
    world.publisher.publish(world.draft({**base.content, "title": "New"}, layer="base"))
    world.rows(3)
    with pytest.raises(InvalidError, match="a secret is never written"):
        world.publisher.rollback(world.wish(), to=str(bad.number))


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "move", "from": "/parameters/api_key", "path": "/title"},
        {"op": "copy", "from": "/parameters", "path": "/routing"},
        {"op": "test", "path": "/parameters/api_key", "value": "hunter2"},
    ],
    ids=["move", "copy", "test"],
)
def test_a_patch_reads_nothing_of_what_holds_one(world: ConfigWorld, operation: Json) -> None:
    """Under another name it would be shown, and a test tells a guess; replacing and removing it go on."""
    stored(world, {"parameters": {"api_key": "hunter2"}})
    shift: Json = {"op": "add", "path": "/tools", "value": []}
    with pytest.raises(InvalidError, match="operation 1 of the patch reads a document in which a secret") as refused:
        world.publisher.patch(world.wish(), [shift, operation], form="json")
    assert "hunter2" not in str(refused.value)
    done = world.publisher.patch(world.wish(), [{"op": "remove", "path": "/parameters/api_key"}], form="json")
    assert done.versions[0].content == {"parameters": {}}
    world.publisher.patch(world.wish(), [{"op": "test", "path": "/parameters", "value": {}}], form="json")


def test_explain_masks_what_was_stored(world: ConfigWorld) -> None:
    """The value, what it covers, and the map around it."""
    base = world.publisher.head(KEY, "base")
    assert base is not None
    stored(world, {**base.content, "parameters": {"api_key": "hunter1", "rows": 3}}, layer="base")
    stored(world, {"parameters": {"api_key": "hunter2"}})
    source = world.publisher.explain(KEY, "/parameters/api_key")
    assert (source.value, [one.value for one in source.below]) == ("***", ["***"])
    around = world.publisher.explain(KEY, "/parameters")
    assert isinstance(around.value, dict)
    assert (around.value["api_key"], around.value["rows"]) == ("***", 3)
    assert "hunter" not in str(world.publisher.explain(KEY, "").as_json())
