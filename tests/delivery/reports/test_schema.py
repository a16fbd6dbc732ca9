"""The schema of `qm plan -o json` is what the shapes say, and every report keeps to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from delivery.reports import everything, schema

if TYPE_CHECKING:
    from pathlib import Path

    from delivery.plan import Plan


def test_the_published_schema_is_what_the_shapes_say(tmp_path: Path) -> None:
    """Run `python -m delivery.reports.schema` when this fails; `--check` says so too."""
    assert schema.FILE.read_text() == schema.text()
    schema.main(["--check"])
    with pytest.raises(SystemExit, match=r"stale\.json is stale"):
        schema.main(["--check"], tmp_path / "stale.json")


def test_a_report_with_everything_in_it_is_valid(spoilt: Plan) -> None:
    """One stack is an object, several are an array; a key that nobody described is refused."""
    validator = jsonschema_rs.Draft202012Validator(schema.schema(), offline=True)
    told = json.loads(json.dumps(everything.Report([spoilt]).as_json()))
    assert validator.is_valid(told)
    assert validator.is_valid(told[0])
    assert told[0]["findings"]
    assert told[0]["exemptions"]
    assert not validator.is_valid({**told[0], "more": 1})
    assert not validator.is_valid({key: value for key, value in told[0].items() if key != "cost"})
