"""What other packs check is checked here, or there is a reason why not; no id of theirs is made up."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from delivery.policy_mapping import DATA, MAPPING, OUTSIDE, lists, mapping, mapping_problems
from policies.rules import RULES
from policies.rules._rule import Scope

if TYPE_CHECKING:
    from pathlib import Path

LISTS = lists()
ROWS = mapping()
BY_ID = {f"{one.pack}:{one.id}": one for one in ROWS}


def test_every_check_of_the_lists_has_a_rule_or_a_reason() -> None:
    """No check of another pack is forgotten, none is both asked and said not to apply, and no source is made up."""
    assert list(mapping_problems()) == []


def test_every_reason_is_a_sentence() -> None:
    """A reader can tell whether it still holds."""
    reasons = {one.reason for one in ROWS if not one.rules}
    assert all(one.endswith(".") and len(one.split()) >= 7 for one in reasons)


def test_foundational_controls_are_asked() -> None:
    """At least 60 of the FSBP controls that a program decides, and 60 in 64 of those that are listed."""
    missing = [name for name in LISTS.decidable if not BY_ID[f"FSBP:{name}"].rules]
    found = len(LISTS.decidable) - len(missing)
    assert found >= 60, missing
    assert found * 64 >= len(LISTS.decidable) * 60, missing


@pytest.mark.parametrize("kind", LISTS.documents)
def test_every_kind_of_document_that_checkov_judges_is_judged(kind: str) -> None:
    """All twelve, in each of the forms that it has."""
    assert len(LISTS.documents) == 12
    assert [name for name in LISTS.documents[kind] if not BY_ID[f"checkov:{name}"].rules] == []


def test_checks_of_bedrock_are_asked() -> None:
    """At least 12 of Prowler's 17."""
    bedrock = [one for one in ROWS if one.pack == "prowler" and one.id.startswith("bedrock_")]
    assert len(bedrock) >= 17
    assert sum(bool(one.rules) for one in bedrock) >= 12, [one.id for one in bedrock if not one.rules]


def test_the_pack_has_what_no_other_has() -> None:
    """At least 110 rules, 95 of which the engine asks too, and 20 that no other pack has."""
    assert len(RULES) >= 110
    assert sum(one.scope is Scope.ENGINE for one in RULES) >= 95
    unique = [one for one in RULES if one.unique]
    assert len(unique) >= 20
    assert [one.id for one in unique if one.sources] == []


def copied(tmp_path: Path) -> Path:
    for name in (OUTSIDE, MAPPING):
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def test_a_made_up_source_is_named(tmp_path: Path) -> None:
    """With the rule that names it."""
    rule = replace(RULES[0], id="made-up", sources=("FSBP:S3.999",))
    found = list(mapping_problems((*RULES, rule), copied(tmp_path)))
    assert found == ["outside.toml: made-up names FSBP:S3.999, which is not listed: look it up, or mend the rule"]


def test_a_check_that_nobody_answers_is_named_with_its_line(tmp_path: Path) -> None:
    """Losing the only rule that asks it is seen."""
    one = next(one for one in ROWS if len(one.rules) == 1)
    rules = tuple(rule for rule in RULES if rule.id != one.rules[0])
    lines = (DATA / OUTSIDE).read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith(f'"{one.id}" ='))
    found = list(mapping_problems(rules, copied(tmp_path)))
    words = f"no rule names {one.pack}:{one.id} and mapping.toml has no reason why"
    assert f"policies/data/outside.toml:{line}: {words}" in found


def test_a_stale_reason_is_named(tmp_path: Path) -> None:
    """A check that is said not to apply and is asked all the same, and one that no list has."""
    one = next(one for one in ROWS if one.rules)
    extra = f'\n[[not_applicable]]\nreason = "x"\nids = ["{one.pack}:{one.id}", "FSBP:Nothing.1"]\n'
    folder = copied(tmp_path)
    (folder / MAPPING).write_text((DATA / MAPPING).read_text() + extra)
    found = "\n".join(mapping_problems(RULES, folder))
    assert f"{one.pack}:{one.id} is said not to apply, but {one.rules[0]} names it" in found
    assert "FSBP:Nothing.1 is in no list of outside.toml" in found


def test_an_answer_by_no_rule_is_named(tmp_path: Path) -> None:
    """Renaming a rule does not lose what it answered."""
    gone = next(one for one in RULES if one.id == "backup-covers-state")
    found = list(mapping_problems(tuple(one for one in RULES if one is not gone), copied(tmp_path)))
    assert any(f"FSBP:DynamoDB.4 is answered by {gone.id}, which is no rule" in one for one in found)
