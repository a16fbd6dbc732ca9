"""A commit is held to the policies of the stacks that it changes, and waits for no others."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from delivery.changed_stacks import STACKS, concerned

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("files", "stacks"),
    [
        (["Pulumi.dev.yaml"], ("dev",)),
        (["Pulumi.prod.yaml", "Pulumi.dev.yaml", "README.md"], ("dev", "prod")),
        (["policies/profiles/prod.json"], ("prod",)),
        (["policies/exemptions.toml"], STACKS),
        (["policies/rules/s3/no_public_acl.py"], STACKS),
        (["components/api/routes.py"], STACKS),
        (["__main__.py"], STACKS),
        (["Pulumi.yaml"], STACKS),
        (["agents/contract.py"], STACKS),
        (["delivery/recorder.py"], STACKS),
        (["Pulumi.local.yaml"], ()),
        (["README.md", "policies/README.md", "docs/policies.md", "tests/docs/test_readme.py"], ()),
        ([], ()),
    ],
)
def test_a_file_concerns_the_stacks_that_it_changes(files: list[str], stacks: tuple[str, ...]) -> None:
    """Its own for a stack's file, those of a profile, all for the program and the pack, none for a page."""
    assert concerned(files) == stacks


def hook() -> dict[str, object]:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    return next(one for one in repository["hooks"] if one["id"] == "policies")


def test_the_hook_is_run_for_what_concerns_a_stack() -> None:
    """Whatever changes a plan is given to the hook, in one go; what no plan reads is not."""
    pattern = re.compile(str(hook()["files"]))
    for file in ("__main__.py", "Pulumi.yaml", "Pulumi.prod.yaml", "components/data.py", "policies/exemptions.toml"):
        assert concerned([file])
        assert pattern.search(file)
    assert not pattern.search("bench/README.md")
    assert hook()["require_serial"] is True


def committed(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """The hook as it is run for these files, in a copy of the project."""
    command = [sys.executable, "-m", "delivery.changed_stacks", *files]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=100)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for package in ("agents", "components", "delivery", "policies"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (ROOT / "__main__.py", *ROOT.glob("Pulumi*.yaml")):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_a_commit_that_is_refused_is_stopped(project: Path) -> None:
    """With the report of the stack that it is about, and of no other; a page is committed at once."""
    (project / "policies" / "profiles" / "staging.json").write_text('{"nothing": "advisory"}')
    done = committed(project, "policies/profiles/staging.json")
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith("qm plan --stack staging\n")
    assert done.stdout.count("qm plan --stack") == 1
    assert "policies/profiles/staging.json:1: nothing: is not a rule" in done.stdout
    done = committed(project, "policies/README.md")
    assert (done.returncode, done.stdout) == (0, "")
