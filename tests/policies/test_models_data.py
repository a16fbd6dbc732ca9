"""What policies/data/models.json and runtimes.json hold: facts with a source and a date, and every model of ours."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from agents.telemetry import metrics
from components import bedrock
from policies.rules.bedrock.token_alarms import token_alarms

ROOT = Path(__file__).parents[2]
DATA = json.loads((ROOT / "policies" / "data" / "models.json").read_text())
RUNTIMES = json.loads((ROOT / "policies" / "data" / "runtimes.json").read_text())


@pytest.mark.parametrize("model", DATA["models"], ids=lambda one: one["id"])
def test_a_fact_has_its_source_and_its_day(model: dict[str, str | None]) -> None:
    """Days are days, in order, and null says that nobody published one."""
    assert set(model) == {"id", "legacy", "eol", "source", "date"}
    assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9.-]+(?:-v\d+)?(?::\d+)?", model["id"] or "")
    assert (model["source"] or "").startswith("https://")
    days = [date.fromisoformat(model[key] or "") for key in ("legacy", "eol") if model[key]]
    assert days == sorted(days)
    assert date.fromisoformat(model["date"] or "")


def test_no_model_is_listed_twice() -> None:
    """The later entry would win unseen."""
    ids = [one["id"] for one in DATA["models"]]
    assert sorted(ids) == sorted(set(ids))


def test_every_model_that_a_stack_names_is_listed() -> None:
    """A stack's model has an entry, even if all it says is that no end is known."""
    listed = {one["id"] for one in DATA["models"]}
    used = {
        found
        for path in ROOT.glob("Pulumi.*.yaml")
        for found in re.findall(r"^\s*model:\s*(\S+)", path.read_text(), re.MULTILINE)
    } - {bedrock.OFFLINE}
    assert used
    for model in used:
        geography = bedrock.profile_geography(model)
        assert model.removeprefix(f"{geography}.") in listed


def test_geographies_are_those_that_the_program_knows() -> None:
    """The pack and the program read a profile's id alike."""
    known = DATA["geographies"]["regions"]
    assert set(known) == {*bedrock.GEOGRAPHIES, "global"}
    for name, regions in known.items():
        if regions is not None:
            assert bedrock.regions_of(f"{name}.anthropic.x", regions[0]) == frozenset(regions)


@pytest.mark.parametrize("runtime", RUNTIMES["deprecated"])
def test_a_runtime_ends_on_a_day(runtime: str) -> None:
    """The table is read by a rule at start, which must not fail on a date."""
    assert date.fromisoformat(RUNTIMES["deprecated"][runtime])


def test_the_alarms_that_are_asked_for_watch_metrics_of_the_catalogue() -> None:
    """A rule that asks for a metric nobody emits could never be satisfied."""
    named = {one.name for one in vars(metrics).values() if isinstance(one, metrics.Metric)}
    assert set(token_alarms.parameters["metrics"].default) <= named  # type: ignore[arg-type]  # a list of names
