"""Plans as JUnit XML: a suite a stack, a case a rule.

Source: the schema that Jenkins' xUnit plugin and most others read (`junit-10.xsd`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from delivery.findings import Finding
    from delivery.plan import Plan
    from policies.rules._rule import Rule

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def text(plans: Sequence[Plan], rules: Iterable[Rule]) -> str:
    """The file's text. Only what blocks is a failure; advisory and exempt findings are in the case's output."""
    root = ET.Element("testsuites", name="qm plan")
    ordered = sorted(rules, key=lambda one: one.id)
    for plan in plans:
        root.append(_suite(plan, ordered))
    for key in ("tests", "failures", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(plan: Plan, rules: Sequence[Rule]) -> ET.Element:
    suite = ET.Element("testsuite", name=plan.recording.stack.name)
    cases = [_program(plan), *(_case(plan, rule.id, rule.service) for rule in rules)]
    known = {rule.id for rule in rules}
    extra = {one.rule for one in plan.findings} - known
    cases += [_case(plan, one, "other") for one in sorted(extra)]
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(one.find("failure") is not None for one in cases)))
    suite.set("skipped", str(sum(one.find("skipped") is not None for one in cases)))
    return suite


def _program(plan: Plan) -> ET.Element:
    case = ET.Element("testcase", classname="program", name="no-defects")
    if plan.defects:
        _add(case, "failure", f"{len(plan.defects)} defects", [str(one) for one in plan.defects], "defect")
    return case


def _case(plan: Plan, rule: str, service: str) -> ET.Element:
    case = ET.Element("testcase", classname=f"policies.{service}", name=rule)
    found = [one for one in plan.findings if one.rule == rule]
    blocking = [one for one in found if one.blocks]
    others = [one for one in found if not one.blocks]
    skipped = [one for one in plan.not_evaluated if one.rule == rule]
    if blocking:
        lines = [_line(one) for one in blocking]
        _add(case, "failure", lines[0] if len(lines) == 1 else f"{len(lines)} findings", lines, blocking[0].severity)
    elif skipped:
        lines = [f"{one.location}: {_name(one.urn)}: {one.reason}" for one in skipped]
        _add(case, "skipped", f"not evaluated for {len(lines)} resources", lines, "")
    if others:
        _add(case, "system-out", "", [_line(one) for one in others], "")
    return case


def _line(one: Finding) -> str:
    start = f"{one.location}: {_name(one.urn)}: {one.message}. {one.fix}"
    if one.exempt:
        return f"{start} Exempt until {one.exempt.until} by {one.exempt.owner}: {one.exempt.reason}"
    return start if one.enforcement == "mandatory" else f"{one.enforcement}: {start}"


def _add(case: ET.Element, tag: str, message: str, lines: Sequence[str], kind: str) -> None:
    attributes = {key: _legal(value) for key, value in (("message", message), ("type", kind)) if value}
    ET.SubElement(case, tag, attributes).text = _legal("\n".join(lines))


def _legal(text_: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text_)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
