"""Plans as a SARIF 2.1.0 log: one run a stack, with every rule of the pack and its help.

Source: OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; section numbers are its own.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from delivery.defects import Defect
    from delivery.findings import Finding, NotEvaluated
    from delivery.plan import Plan
    from policies.rules._rule import Rule

Json: TypeAlias = "dict[str, object]"

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
DEFECT: Final = "program-defect"
FINGERPRINT: Final = "quartermaster/v1"
_ROOT: Final = "%SRCROOT%"
# What code-scanning pages sort by: the middle of each band of CVSS v3.
_SCORE: Final = {"low": "2.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}


def text(plans: Sequence[Plan], rules: Iterable[Rule]) -> str:
    """The log as a file's text."""
    return json.dumps(log(plans, rules), indent=2, ensure_ascii=False) + "\n"


def log(plans: Sequence[Plan], rules: Iterable[Rule]) -> Json:
    """The log as data."""
    ordered = sorted(rules, key=lambda one: one.id)
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(plan, ordered) for plan in plans]}


def _run(plan: Plan, rules: Sequence[Rule]) -> Json:
    stack = plan.recording.stack.name
    descriptors = [*map(_descriptor, rules), _DEFECTS]
    index = {str(one["id"]): place for place, one in enumerate(descriptors)}
    seen: Counter[tuple[str, ...]] = Counter()
    return {
        "tool": {"driver": {"name": "Quartermaster", "organization": "Quartermaster", "rules": descriptors}},
        # A run a stack: pages that compare runs compare those of one stack (3.17.3).
        "automationDetails": {"id": f"qm-plan/{stack}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that Pulumi.yaml lies in."}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(one, index) for one in plan.not_evaluated],
            },
        ],
        "results": [
            *(_defect(one, index, seen, stack) for one in plan.defects),
            *(_result(one, index, seen, stack) for one in plan.findings),
        ],
    }


def _descriptor(rule: Rule) -> Json:
    level = _level(rule.enforcement.value, rule.severity.value)
    why = " ".join(rule.why.split())
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": why or rule.title},
        "help": {
            "text": f"{why}\nFix: {rule.fix}\nMore: {rule.url}",
            "markdown": f"{why}\n\n**Fix.** {rule.fix}\n\nMore: `{rule.url}`",
        },
        "defaultConfiguration": {"enabled": rule.enforcement.value != "disabled", "level": level},
        "properties": {
            "tags": sorted({"policy", rule.service, *rule.frameworks}),
            "precision": "very-high",
            "problem.severity": "error" if level == "error" else "warning" if level == "warning" else "recommendation",
            "security-severity": _SCORE[rule.severity.value],
        },
    }


_DEFECTS: Final[Json] = {
    "id": DEFECT,
    "name": "ProgramDefect",
    "shortDescription": {"text": "The program itself is wrong, whatever the policies say"},
    "fullDescription": {"text": "A mistake that the engine, the provider or the next deployment would punish later."},
    "help": {"text": "The message says what to change. Nothing can be deployed until then."},
    "defaultConfiguration": {"enabled": True, "level": "error"},
}


def _result(one: Finding, index: dict[str, int], seen: Counter[tuple[str, ...]], stack: str) -> Json:
    exempt = one.exempt
    return {
        "ruleId": one.rule,
        "ruleIndex": index.get(one.rule, -1),
        "level": _level(one.enforcement, one.severity),
        "message": {"text": f"{_name(one.urn)}: {one.message}. {one.fix}".strip()},
        "locations": [_location(one.location, one.urn, stack)],
        "partialFingerprints": {FINGERPRINT: _fingerprint(seen, one.rule, one.urn, one.what)},
        # Every result says whether it is suppressed, or none may (3.27.23).
        "suppressions": [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{exempt.reason} ({exempt.owner}, until {exempt.until})",
            },
        ]
        if exempt
        else [],
        "properties": {"enforcement": one.enforcement, "severity": one.severity, "scope": one.scope, "type": one.type},
    }


def _defect(one: Defect, index: dict[str, int], seen: Counter[tuple[str, ...]], stack: str) -> Json:
    return {
        "ruleId": DEFECT,
        "ruleIndex": index[DEFECT],
        "level": "error",
        "message": {"text": f"{_name(one.urn)}: {one.message}"},
        "locations": [_location(one.location, one.urn, stack)],
        "partialFingerprints": {FINGERPRINT: _fingerprint(seen, DEFECT, one.urn, "")},
        "suppressions": [],
    }


def _notification(one: NotEvaluated, index: dict[str, int]) -> Json:
    """What could not be judged is about the tool's run: a page of results would show it as a finding."""
    found: Json = {
        "level": "note",
        "message": {"text": f"{one.rule}: {_name(one.urn)}: {one.reason}"},
        "locations": [_location(one.location, one.urn, "")] if one.location else [],
    }
    if one.rule in index:
        found["associatedRule"] = {"id": one.rule, "index": index[one.rule]}
    return found


def _location(location: str, urn: str, stack: str) -> Json:
    """`file:line`, or the stack's file where no line of the program made the resource."""
    file, _, line = location.rpartition(":")
    physical: Json = {"artifactLocation": {"uri": quote(file or f"Pulumi.{stack}.yaml"), "uriBaseId": _ROOT}}
    if line:
        physical["region"] = {"startLine": int(line)}
    logical = {"name": _name(urn), "fullyQualifiedName": urn, "kind": "resource"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _fingerprint(seen: Counter[tuple[str, ...]], *words: str) -> str:
    """Who is accused of what, without lines or wording, so that an edit elsewhere leaves a result the same."""
    seen[words] += 1
    return hashlib.sha256("\0".join((*words, str(seen[words]))).encode()).hexdigest()


def _level(enforcement: str, severity: str) -> str:
    if enforcement == "mandatory":
        return "error"
    return "note" if severity == "low" else "warning"


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
