"""`qm policy`: the rules, whose checks they cover, and what is wrong with what configures them."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from typer.testing import CliRunner

from agents.errors import InvalidError, NotFoundError
from delivery.commands.plan import app as plan_app
from delivery.commands.policy import app
from delivery.policy_mapping import lists
from delivery.policy_report import listed, problems, profiles
from policies.rules import RULES

if TYPE_CHECKING:
    from typer.testing import Result

ROOT: Final = Path(__file__).parents[2]
TODAY: Final = date(2026, 1, 1)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the pack consists of."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("__pycache__", "rules"))
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "policies.md", tmp_path / "docs")
    return tmp_path


def about(found: tuple[str, ...], file: str) -> list[str]:
    return [one for one in found if file in one]


def test_rules_are_listed_for_machines() -> None:
    """Each rule with all that a catalogue needs, sorted by id."""
    found = json.loads(run("rules", "-o", "json").stdout)
    assert [one["id"] for one in found] == sorted(one.id for one in RULES)
    keys = ["id", "title", "severity", "enforcement", "scope", "services", "sources", "frameworks", "unique"]
    for one in found:
        assert list(one) == keys
        assert one["services"]
        assert one["scope"] in {"engine", "graph"}
        assert isinstance(one["unique"], bool)


def test_rules_are_listed_for_people() -> None:
    """Title and level of each, and how many there are."""
    text = run("rules").stdout
    assert "s3-no-public-acl  critical, mandatory\n    Buckets have no public ACL\n" in text
    assert f"{len(RULES)} rules: " in text


@pytest.mark.parametrize("profile", ["dev", "staging", "prod"])
def test_a_profile_decides_the_levels(project: Path, profile: str) -> None:
    """What the profile says of a rule is what is shown."""
    (project / "policies" / "profiles" / f"{profile}.json").write_text('{"s3-no-public-acl": "disabled"}')
    levels = {one.rule.id: one.enforcement for one in listed(project, profile)}
    assert levels["s3-no-public-acl"] == "disabled"
    done = run("rules", "--profile", profile, "-C", str(project), "-o", "json")
    assert {one["id"]: one["enforcement"] for one in json.loads(done.stdout)} == levels


def test_an_unknown_profile_is_named_with_those_there_are() -> None:
    """Nobody takes the defaults for a profile that is misspelt."""
    error = run("rules", "--profile", "production").exception
    assert isinstance(error, InvalidError)
    assert str(error) == f"there is no profile 'production'. The profiles are {', '.join(profiles(ROOT))}."


def test_the_mapping_answers_for_every_outside_check() -> None:
    """A list of our rules, or the reason; never both."""
    found = json.loads(run("mapping", "-o", "json").stdout)
    assert set(found) == {f"{pack}:{name}" for pack, names in lists().titles.items() for name in names}
    assert all(("rule" in one) != ("reason" in one) for one in found.values())
    known = {one.id for one in RULES}
    assert all(set(one.get("rule", ())) <= known for one in found.values())
    assert f"{len(found)} checks of other packs" in run("mapping").stdout


def test_the_pack_that_ships_has_nothing_wrong() -> None:
    """Profiles, exemptions, pages, data and lists."""
    assert problems(ROOT, TODAY) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n\n"logs-retention-sett": "advisory"}', ":3: logs-retention-sett: is not a rule; did you mean logs-"),
        ('{"logs-retention-set": {"least_day": 1}}', ":1: logs-retention-set.least_day: is not a setting; did you"),
        ('{"logs-retention-set": "strict"}', ":1: logs-retention-set.enforcementLevel: write one of"),
        ('{\n"a" 5}', ":2: "),
    ],
)
def test_a_wrong_profile_is_named_with_file_and_line(project: Path, text: str, said: str) -> None:
    """Also one of a stack that nobody plans today."""
    (project / "policies" / "profiles" / "staging.json").write_text(text)
    done = run("check", "-C", str(project))
    assert done.exit_code == 2
    assert f"policies/profiles/staging.json{said}" in done.output
    assert about(problems(project, TODAY), "prod.json") == []


def test_stale_data_is_named_with_what_renews_it(project: Path) -> None:
    """Generated files that are not what the rules and the installed packages say."""
    for name in ("policies/README.md", "docs/policies.md", "policies/data/taggable.json"):
        (project / name).write_text("old")
    found = problems(project, TODAY)
    assert about(found, "README.md") == ["policies/README.md:1: is stale: run `python -m delivery.policy_docs`"]
    assert about(found, "docs/") == ["docs/policies.md:1: is stale: run `python -m delivery.policy_docs`"]
    assert about(found, "taggable") == ["policies/data/taggable.json:1: is stale: run `python -m delivery.policy_data`"]


def test_lists_that_cannot_be_read_are_named(project: Path) -> None:
    """The other checks go on."""
    (project / "policies" / "data" / "mapping.toml").write_text("[[")
    assert any("the lists of other packs cannot be read" in one for one in problems(project, TODAY))


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    """Instead of an empty, and so a clean, report."""
    error = run("check", "-C", str(tmp_path)).exception
    assert isinstance(error, InvalidError)
    assert str(error) == (
        f"{tmp_path} has no policy pack: there is no policies/PulumiPolicy.yaml. Give the project's folder."
    )


def test_a_folder_without_a_project_cannot_be_planned(tmp_path: Path) -> None:
    """Nor is it taken for a project that is clean."""
    done = CliRunner().invoke(plan_app, ["--stack", "dev", "-C", str(tmp_path)])
    assert isinstance(done.exception, (InvalidError, NotFoundError))
    assert str(tmp_path) in str(done.exception)


def test_problems_are_shown_for_machines(project: Path) -> None:
    """As a list, with the same exit code."""
    (project / "policies" / "profiles" / "dev.json").write_text('{"x": "advisory"}')
    done = run("check", "-C", str(project), "-o", "json")
    assert done.exit_code == 2
    assert "policies/profiles/dev.json:1: x: is not a rule" in json.loads(done.stdout)["problems"]
