"""A version goes to another environment with its digest, and is checked anew there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agents.configuration.promote import Promotion, draft, read_promotion
from agents.errors import InvalidError
from tests.agents.configuration.config_world import KEY, LAYER, config_world

if TYPE_CHECKING:
    from pathlib import Path

    from agents.configuration.documents import Content


def test_a_promoted_version_keeps_its_digest(tmp_path: Path) -> None:
    """Over JSON, to the same layer of another environment, with who made it and why."""
    with config_world(tmp_path) as world:
        version = world.rows(7)
        carried = json.loads(json.dumps(Promotion.of(version).as_content()))
        staging = world.serving("staging")
        taken = draft(read_promotion(carried), environment="staging", author="lena", message="", expected=0)
        arrived = staging.publish(taken)
        assert (arrived.layer, arrived.digest) == ("env:staging", version.digest)
        assert "version 1 of env:dev by olga: a reason" in arrived.message
        with pytest.raises(InvalidError, match="nothing here runs the layer env:staging"):
            world.publisher.publish(taken)


@pytest.mark.parametrize(
    "change", [{"content": {"parameters": {"rows": 8}}}, {"digest": "sha256:0"}, {"format": "x"}, {"number": "1"}]
)
def test_what_was_changed_on_the_way_is_refused(tmp_path: Path, change: Content) -> None:
    """The digest proves the content."""
    with config_world(tmp_path) as world:
        carried = Promotion.of(world.rows(7)).as_content()
        with pytest.raises(InvalidError):
            read_promotion({**carried, **change})


def test_an_instances_layer_stays_where_it_is(tmp_path: Path) -> None:
    """An instance is of one environment."""
    with config_world(tmp_path) as world:
        promotion = Promotion.of(world.rows(7, layer="instance:i-1"))
        with pytest.raises(InvalidError, match="one environment"):
            draft(promotion, environment="staging", author="lena", message="", expected=0)
        assert KEY != LAYER
