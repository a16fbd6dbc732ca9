"""The settings' page and their schema are what the sections say, and the schema judges stack files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from components.origins import merged
from components.sections import SECTIONS
from components.settings import layers_of
from delivery.configuration_docs import PAGE, SCHEMA, page, schema
from delivery.configuration_schema import stack_schema
from delivery.stack_files import stack_names
from delivery.yaml_files import read_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "staging", "prod", "local")
VALIDATOR = jsonschema_rs.Draft202012Validator(stack_schema(), offline=True)


def test_page_and_schema_are_what_the_sections_say() -> None:
    """Run `python -m delivery.configuration_docs` when this fails."""
    assert PAGE.read_text() == page()
    assert SCHEMA.read_text() == schema()


def test_the_check_says_which_file_is_stale() -> None:
    """As run by people and by the pipeline."""
    command = [sys.executable, "-m", "delivery.configuration_docs", "--check"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_key_has_a_row_and_every_row_says_what_it_is() -> None:
    """Defaults of all sections are in the page, and no row lacks words."""
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `") and line.count(" | ") == 7]
    keys = {row[0].removeprefix("| ").strip("`") for row in rows}
    for name, section in SECTIONS.items():
        tops = {field.alias or key for key, field in section.model_fields.items()}
        assert tops == {key.split(".")[1] for key in keys if key.startswith(f"{name}.")}
    assert [row[0] for row in rows if not row[6].strip()] == []


def test_the_page_says_how_to_make_a_preview_environment() -> None:
    """And that secrets have no place among settings."""
    assert "> Pulumi.pr-123.yaml" in page()
    assert "Secrets never stand here" in page()


def test_the_stacks_of_the_repository_are_these() -> None:
    """A new stack file is tested like the others."""
    assert set(stack_names(ROOT)) == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_stack_files_are_right_and_name_the_schema_for_editors(stack: str) -> None:
    """The first line tells an editor where the schema lies, and it lies there."""
    file = ROOT / f"Pulumi.{stack}.yaml"
    assert [error.message for error in VALIDATOR.iter_errors(read_mapping(file))] == []
    named = file.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert ROOT / named == SCHEMA


def wrong() -> Iterator[tuple[str, object]]:
    yield "quartermaster:resources", {"lambda": {"memory_mb": 64}}
    yield "quartermaster:resources", {"lambda": {"memory": 512}}
    yield "quartermaster:resources", {"logs": {"retention_days": 8}}
    yield "quartermaster:resource", {}
    yield "quartermaster:api", {"throttle": "50"}
    yield "quartermaster:api", "fast"
    yield "quartermaster:environment", {"region": "us-east"}
    yield "quartermaster:environment", {"account": 123456789012}
    yield "quartermaster:project", {"prefix": "awsome"}
    yield "quartermaster:features", {"vpc": "yes"}
    yield "quartermaster:agents", {"documents": "../../etc"}
    yield "quartermaster:monitoring", {"budget_usd": 0}
    yield "quartermaster:monitoring", {"alarm_emails": ["nobody"]}
    yield "quartermaster:tags", {"custom": {"aws:x": "y"}}
    yield "quartermaster:data", {"source": {"tables": {"product": {}}}}


@pytest.mark.parametrize(("key", "value"), list(wrong()))
def test_an_editor_would_mark_what_is_refused(key: str, value: object) -> None:
    """The schema refuses single wrong values that the program refuses."""
    dev = read_mapping(ROOT / "Pulumi.dev.yaml")
    assert not VALIDATOR.is_valid(merged(dev, {"config": {key: value}}))


def test_keys_that_must_be_given_are_asked_for() -> None:
    """The environment's name is the stack's, so a file may leave it out; region, owner and model it may not."""
    dev = read_mapping(ROOT / "Pulumi.dev.yaml")["config"]
    assert isinstance(dev, dict)
    for section, key, needed in (
        ("environment", "name", False),
        ("environment", "region", True),
        ("project", "owner", True),
        ("project", "prefix", False),
        ("runtime", "model", True),
    ):
        of_section = dev[f"quartermaster:{section}"]
        assert isinstance(of_section, dict)
        less = {**dev, f"quartermaster:{section}": {name: value for name, value in of_section.items() if name != key}}
        assert VALIDATOR.is_valid({"config": less}) != needed, key


def test_defaults_and_sizes_are_right_by_the_schema() -> None:
    """What the layers below a stack file say could stand in one."""
    for stack in STACKS:
        default, sizing, *_ = layers_of(stack, {}, "")
        said = merged(merged(default.tree, sizing.tree), {"environment": {"region": "us-east-1"}})
        said = merged(said, {"project": {"owner": "o", "cost_center": "c"}, "runtime": {"model": "offline"}})
        config = {f"quartermaster:{name}": value for name, value in said.items()}
        assert [error.message for error in VALIDATOR.iter_errors({"config": config})] == []


def test_the_schema_is_json() -> None:
    """Editors read it without a server."""
    assert json.loads(SCHEMA.read_text()) == stack_schema()
