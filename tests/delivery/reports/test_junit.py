"""JUnit XML: a case a rule, and failures only where the exit code fails too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from delivery.defects import Defect
from delivery.reports import junit
from policies.rules import RULES

if TYPE_CHECKING:
    from delivery.plan import Plan


@pytest.fixture
def suite(spoilt: Plan) -> ET.Element:
    return ET.fromstring(junit.text([spoilt], RULES)).find("testsuite")


def case(suite: ET.Element, name: str) -> ET.Element:
    (found,) = [one for one in suite if one.get("name") == name]
    return found


def test_each_rule_is_a_case_and_the_program_is_one(suite: ET.Element) -> None:
    """Also those that found nothing, with counts that agree."""
    names = [one.get("name") for one in suite]
    assert sorted(names) == sorted(["no-defects", *(one.id for one in RULES)])
    assert suite.get("tests") == str(len(names))
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")


def test_what_blocks_is_a_failure_with_place_message_and_fix(suite: ET.Element) -> None:
    """The message alone says what to do."""
    failure = case(suite, "logs-retention-set").find("failure")
    assert failure.get("message").startswith("__main__.py:")
    assert "retentionInDays is not set" in failure.get("message")
    assert "Set retention_in_days" in failure.get("message")


def test_advice_and_exemptions_are_told_and_do_not_fail(suite: ET.Element) -> None:
    """They are in the case's output; markup in a reason stays text."""
    assert case(suite, "name-pattern").find("failure") is None
    assert "advisory: " in case(suite, "name-pattern").findtext("system-out")
    assert "kept for the <auditors> & nobody else" in case(suite, "logs-retention-set").findtext("system-out")


def test_a_rule_that_could_not_judge_is_skipped(suite: ET.Element) -> None:
    """With the reason."""
    assert "cannot be known" in case(suite, "iam-no-wildcard-action").findtext("skipped")


def test_defects_fail_their_case(spoilt: Plan) -> None:
    """A character that XML has no place for is replaced."""
    defect = Defect(urn="urn:x::logs", location="a.py:1", message="bell \x07")
    suite = ET.fromstring(junit.text([replace(spoilt, defects=(defect,))], RULES)).find("testsuite")
    assert case(suite, "no-defects").findtext("failure") == "a.py:1: logs: bell \ufffd"
