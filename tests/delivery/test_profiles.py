"""A profile says what each rule is in an environment; whatever is wrong with one is named by file and line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.errors import InvalidError
from components.sections import Features
from delivery.profiles import FOLDER, SWITCHES, profile_name, read_profile, without
from policies.rules import RULES

if TYPE_CHECKING:
    from delivery.policy_configuration import Parameters

ROOT = Path(__file__).parents[2]


def written(root: Path, text: str, name: str = "dev") -> Path:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    (root / FOLDER / f"{name}.json").write_text(text)
    return root


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "local", "pr-123"])
def test_the_profiles_that_ship_are_right(stack: str) -> None:
    """Each names rules that exist, with settings that they have."""
    assert isinstance(read_profile(ROOT, stack), dict)


@pytest.mark.parametrize(
    ("stack", "profile"),
    [("dev", "dev"), ("staging", "staging"), ("prod", "prod"), ("local", "local"), ("pr-123", "dev")],
)
def test_a_stack_takes_the_profile_of_its_size(stack: str, profile: str) -> None:
    """Previews are judged as dev is; the emulator cannot have all that dev has."""
    assert profile_name(stack) == profile


def test_a_project_without_profiles_takes_the_defaults(tmp_path: Path) -> None:
    """The rules' own levels and parameters."""
    assert read_profile(tmp_path, "dev") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n"logs-retention-sett": "advisory"}', "dev.json:2: logs-retention-sett: is not a rule; did you mean logs-"),
        (
            '{"name-pattern": {},\n\n"logs-retention-set": {"least_day": 1}}',
            "dev.json:3: logs-retention-set.least_day: is not a setting; did you mean least_days?",
        ),
        ('{"logs-retention-set": {"least_days": "7"}}', "dev.json:1: logs-retention-set.least_days: write a value of"),
        ('{"logs-retention-set": "strict"}', "dev.json:1: logs-retention-set.enforcementLevel: write one of advisory"),
        ('{"name-pattern": "remediate"}', "dev.json:1: name-pattern.enforcementLevel: the rule has no remedy"),
        ('{"all": "strict"}', "dev.json:1: all.enforcementLevel: write one of"),
        ('{\n"a": }', "dev.json:2: "),
        ('{"all": "advisory", "all": "mandatory"}', "dev.json: all is written twice"),
        ("[]", "dev.json: write an object of rules"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    """With what was probably meant."""
    with pytest.raises(InvalidError) as refused:
        read_profile(written(tmp_path, text), "dev")
    assert f"{FOLDER}/{said}" in str(refused.value)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one line at a time."""
    text = '{"nothing": "advisory",\n"logs-retention-set": {"x": 1, "enforcementLevel": "no"}}'
    with pytest.raises(InvalidError) as refused:
        read_profile(written(tmp_path, text), "dev")
    assert len(refused.value.message.splitlines()) == 3


def test_rules_are_where_profiles_look_for_them() -> None:
    """Ids are unique, so that one line of a profile means one rule."""
    assert len({one.id for one in RULES}) == len(RULES)


def test_a_part_that_is_switched_off_takes_its_rules_along() -> None:
    """Those of the profile and the others; what is on keeps its rules."""
    given: Parameters = {"cloudtrail-present": {"stacks": ["*"]}, "logs-retention-set": "advisory"}
    assert without(given, ["trail", "api"]) == {
        "cloudtrail-present": "disabled",
        "cloudtrail-multi-region": "disabled",
        "logs-retention-set": "advisory",
    }


def test_switches_name_features_and_rules_that_exist() -> None:
    """A renamed rule would otherwise stay on unnoticed."""
    assert set(SWITCHES) <= set(Features.model_fields)
    assert {rule for rules in SWITCHES.values() for rule in rules} <= {one.id for one in RULES}


def test_a_profile_can_have_a_rule_mend_what_it_finds(tmp_path: Path) -> None:
    """Only where the rule has a safe remedy, and only when somebody asks for it."""
    assert read_profile(written(tmp_path, '{"logs-retention-set": "remediate"}'), "dev")
    assert not [one.id for one in RULES if one.enforcement.value == "remediate"]
