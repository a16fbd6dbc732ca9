"""A small project whose plans the reports are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from delivery.findings import Exempt
from delivery.plan import FOLDER, Plan, plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = (FOLDER / "tests" / "programs" / "clean.py").read_text()
STACK = "config:\n  quartermaster:environment: {name: dev}\n  quartermaster:project: {prefix: qm}\n"
UNKNOWN_POLICY = """
document = table.arn.apply(lambda arn: json.dumps({"Statement": []}))
aws.iam.Policy("policy", name="qm-read-dev", policy=document, opts=opts)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project in which nothing is wrong."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text(STACK)
    (project / "__main__.py").write_text(PROGRAM)
    return project


@pytest.fixture
def planned(folder: Path) -> Callable[..., Plan]:
    """Plans the project with words of its program replaced, and lines put behind it."""

    def make(old: str = "", new: str = "", more: str = "") -> Plan:
        assert old in PROGRAM
        (folder / "__main__.py").write_text((PROGRAM.replace(old, new) if old else PROGRAM) + more)
        return plan("dev", folder, today=date(2026, 11, 21))

    return make


@pytest.fixture
def spoilt(planned: Callable[..., Plan]) -> Plan:
    """One mandatory finding, one that is exempt, one that is advisory, and one rule that was not evaluated."""
    found = planned(", retention_in_days=7", "", UNKNOWN_POLICY)
    (one,) = [each for each in found.findings if each.rule == "logs-retention-set"]
    skipped = tuple(each for each in found.not_evaluated if each.rule == "iam-no-wildcard-action")
    exempt = Exempt(reason="kept for the <auditors> & nobody else", owner="platform", until="2027-01-01")
    others = (replace(one, what="second", exempt=exempt), replace(one, rule="name-pattern", enforcement="advisory"))
    return replace(found, findings=(one, *others), not_evaluated=skipped)
