"""The five minutes that the pack's README promises: its own code block, saved where it says, is a rule."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.policy_docs import page
from policies.rules import RULES

ROOT = Path(__file__).parents[2]
CODE = re.findall(r"```python\n(.*?)```", page(), re.DOTALL)
PLACE = re.findall(r"`(rules/\w+/\w+\.py)`:", page())


def test_the_readme_has_one_rule_to_copy() -> None:
    """It is no rule of the pack yet, and says where it goes."""
    assert len(CODE) == len(PLACE) == 1
    (name,) = re.findall(r'id="([\w-]+)"', CODE[0])
    assert name not in {one.id for one in RULES}


@pytest.mark.timeout(120)
def test_the_rule_of_the_readme_is_found_tested_and_shown(tmp_path: Path) -> None:
    """In a copy of the project it passes the tests of every rule, and both pages then show it."""
    for name in ("policies", "delivery", "agents", "components"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "policies" / "test_rules.py", tmp_path / "tests")
    (tmp_path / "docs").mkdir()
    (tmp_path / "policies" / PLACE[0]).parent.mkdir(exist_ok=True)
    (tmp_path / "policies" / PLACE[0]).write_text(CODE[0])
    (name,) = re.findall(r'id="([\w-]+)"', CODE[0])
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = run("pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--import-mode=importlib", "tests", "-k", name)
    assert re.search(r"\b(\d+) passed", said)
    assert int(re.search(r"\b(\d+) passed", said)[1]) >= 6
    run("delivery.policy_docs")
    for file in ("policies/README.md", "docs/policies.md"):
        assert f'id="{name}"' in (tmp_path / file).read_text()
