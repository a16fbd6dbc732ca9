"""SARIF 2.1.0: what a code-scanning page must be able to rely on. Sections are those of the OASIS standard."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from delivery.defects import Defect
from delivery.reports import sarif
from policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.plan import Plan


@pytest.fixture
def run(spoilt: Plan) -> dict[str, Any]:
    (only,) = json.loads(sarif.text([spoilt], RULES))["runs"]
    return dict(only)


def test_the_log_names_its_version_and_schema(spoilt: Plan) -> None:
    """Both are asked for by every reader (3.13)."""
    log = json.loads(sarif.text([spoilt, spoilt], RULES))
    assert (log["version"], log["$schema"]) == ("2.1.0", sarif.SCHEMA)
    assert [one["automationDetails"]["id"] for one in log["runs"]] == ["qm-plan/dev/"] * 2


def test_every_rule_of_the_pack_has_its_help(run: dict[str, Any]) -> None:
    """Also those that found nothing, so that a page can say what was looked for (3.49)."""
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == [*sorted(one.id for one in RULES), sarif.DEFECT]
    assert len({one["id"] for one in rules}) == len(rules)
    for one in rules:
        assert one["shortDescription"]["text"]
        assert one["fullDescription"]["text"]
        assert one["help"]["text"]
        assert one["defaultConfiguration"]["level"] in {"note", "warning", "error"}


def test_each_result_points_at_its_rule(run: dict[str, Any]) -> None:
    """By name and by place (3.27.5, 3.27.6)."""
    rules = run["tool"]["driver"]["rules"]
    assert [one["ruleId"] for one in run["results"]] == ["logs-retention-set", "logs-retention-set", "name-pattern"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])


def test_levels_follow_enforcement_and_severity(run: dict[str, Any], spoilt: Plan) -> None:
    """What blocks is an error, advice a warning, advice of little weight a note."""
    assert [one["level"] for one in run["results"]] == ["error", "error", "warning"]
    low = replace(spoilt, findings=(replace(spoilt.findings[2], severity="low"),))
    assert sarif.log([low], RULES)["runs"][0]["results"][0]["level"] == "note"


def test_locations_are_lines_relative_to_the_root(run: dict[str, Any]) -> None:
    """A URI reference below a base that the reader knows, never a path of this machine (3.4.3, 3.4.4)."""
    for one in run["results"]:
        place = one["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "__main__.py", "uriBaseId": "%SRCROOT%"}
        assert place["region"]["startLine"] > 30
        assert one["locations"][0]["logicalLocations"][0]["name"] == "logs"


def test_what_no_line_made_points_at_the_stacks_file(spoilt: Plan) -> None:
    """A page shows no result without a file."""
    nowhere = replace(spoilt, findings=(replace(spoilt.findings[0], location=""),))
    place = sarif.log([nowhere], RULES)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "Pulumi.dev.yaml", "uriBaseId": "%SRCROOT%"}}


def test_a_finding_keeps_its_fingerprint_when_lines_and_words_change(planned: Callable[..., Plan]) -> None:
    """Or an edit above it would close one alert and open another (3.27.17)."""

    def prints(plan: Plan) -> list[str]:
        results = sarif.log([plan], RULES)["runs"][0]["results"]
        return [one["partialFingerprints"][sarif.FINGERPRINT] for one in results]

    before = planned(", retention_in_days=7", "")
    after = planned("logs = aws.cloudwatch.LogGroup", "\n\n\nlogs = aws.cloudwatch.LogGroup")
    first = next(one for one in before.findings if one.rule == "logs-retention-set")
    moved = replace(first, location="__main__.py:99", message="other words")
    assert [one.location for one in before.findings] != [one.location for one in after.findings]
    assert prints(replace(before, findings=(first,))) == prints(replace(before, findings=(moved,)))
    assert prints(replace(before, findings=(first,))) != prints(
        replace(before, findings=(replace(moved, what="another"),))
    )


def test_two_findings_alike_have_two_fingerprints(spoilt: Plan) -> None:
    """Else a page would show one of them."""
    twice = replace(spoilt, findings=(spoilt.findings[0],) * 2)
    results = sarif.log([twice], RULES)["runs"][0]["results"]
    assert len({one["partialFingerprints"][sarif.FINGERPRINT] for one in results}) == 2


def test_an_exempt_finding_is_suppressed_with_its_reason(run: dict[str, Any]) -> None:
    """Every result says whether it is, or none may (3.27.23)."""
    suppressed = [one["suppressions"] for one in run["results"]]
    assert [len(one) for one in suppressed] == [0, 1, 0]
    assert suppressed[1][0]["kind"] == "external"
    assert suppressed[1][0]["justification"].endswith("(platform, until 2027-01-01)")


def test_what_was_not_evaluated_is_no_result(run: dict[str, Any]) -> None:
    """It is a note about the run, with the rule it is about (3.20.21, 3.58)."""
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["level"] == "note"
    assert note["associatedRule"]["id"] == "iam-no-wildcard-action"
    assert run["tool"]["driver"]["rules"][note["associatedRule"]["index"]]["id"] == "iam-no-wildcard-action"


def test_defects_are_errors_of_a_rule_of_their_own(spoilt: Plan) -> None:
    """They block whatever the policies say."""
    urn = spoilt.findings[0].urn
    defect = Defect(urn=urn, location="a b.py:3", message="is wrong")
    (first, *_) = sarif.log([replace(spoilt, defects=(defect,))], RULES)["runs"][0]["results"]
    assert (first["ruleId"], first["level"]) == (sarif.DEFECT, "error")
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.py"


def test_two_logs_of_one_plan_are_the_same(spoilt: Plan) -> None:
    """No clock, no machine, no chance in it."""
    assert sarif.text([spoilt], RULES) == sarif.text([spoilt], tuple(reversed(RULES)))
    assert "/tmp" not in sarif.text([spoilt], RULES)
