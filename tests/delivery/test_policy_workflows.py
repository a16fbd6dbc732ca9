"""What runs a pull request's code may only read; what may write runs nothing of the pull request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from delivery.reports.markdown import LIMIT, MARKER

FOLDER: Final = Path(__file__).parents[2] / ".github" / "workflows"
FILES: Final = sorted(FOLDER.glob("*.yml"))
PLAN: Final = FOLDER / "policy.yml"
REPORT: Final = FOLDER / "policy-report.yml"
PINNED: Final = re.compile(r"uses: ([\w.-]+/[\w.-]+(?:/[\w.-]+)*)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")


def read(file: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(file.read_text())
    return found


def triggers(file: Path) -> set[str]:
    return set(read(file)[True])  # YAML 1.1 reads the key `on` as a switch


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in read(file)["jobs"].values() for step in job["steps"]]


def permissions(file: Path) -> dict[str, dict[str, str]]:
    """Of each job; one that says nothing has those of the workflow."""
    whole = read(file)
    return {name: job.get("permissions", whole["permissions"]) for name, job in whole["jobs"].items()}


def test_both_workflows_are_there() -> None:
    """One that runs the branch, and one that shows what it found."""
    assert {PLAN, REPORT} <= set(FILES)
    assert triggers(PLAN) == {"pull_request"}
    assert triggers(REPORT) == {"workflow_run"}
    assert read(REPORT)[True]["workflow_run"]["workflows"] == [read(PLAN)["name"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_pinned_by_digest(file: Path) -> None:
    """A tag can be moved to other code; beside the digest stands the release that it is."""
    lines = [line.strip().removeprefix("- ") for line in file.read_text().splitlines() if "uses:" in line]
    assert lines
    assert [line for line in lines if not PINNED.search(line)] == []


def test_an_action_has_one_digest() -> None:
    """Two workflows do not run two releases of the same action."""
    found = {match for file in FILES for match in re.findall(r"uses: (\S+)@([0-9a-f]{40})", file.read_text())}
    assert len({name for name, _ in found}) == len(found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_rights_are_stated_and_none_is_of_a_cloud(file: Path) -> None:
    """The repository's default rights never apply, and no job can ask for a cloud's credentials."""
    assert "permissions" in read(file)
    for granted in permissions(file).values():
        assert isinstance(granted, dict)
        assert "id-token" not in granted
    assert "secrets." not in file.read_text()
    assert "pull_request_target" not in file.read_text()


@pytest.mark.parametrize("file", [one for one in FILES if "pull_request" in triggers(one)], ids=lambda file: file.name)
def test_what_runs_the_branch_only_reads(file: Path) -> None:
    """Its token reads the code, and does not stay behind in the working copy."""
    assert all(set(granted.items()) <= {("contents", "read")} for granted in permissions(file).values())
    checkouts = [one for one in steps(file) if one.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(one["with"]["persist-credentials"] is False for one in checkouts)


def test_what_may_write_runs_nothing_of_the_branch() -> None:
    """No working copy, no shell, no action but those that fetch data, ask GitHub and upload."""
    allowed = {"actions/download-artifact", "actions/github-script", "github/codeql-action/upload-sarif"}
    for step in steps(REPORT):
        assert "run" not in step
        assert step["uses"].partition("@")[0] in allowed
    scripts = [step["with"]["script"] for step in steps(REPORT) if "script" in step.get("with", {})]
    for script in scripts:
        assert not re.search(r"child_process|exec\(|eval\(|import\(|new Function", script)
        assert re.findall(r"require\('([^']+)'\)", script) in ([], ["fs"])


def test_each_job_that_writes_may_write_one_thing() -> None:
    """The comment's job cannot raise alerts, nor the other way round."""
    written = {
        name: [right for right, level in granted.items() if level == "write"]
        for name, granted in permissions(REPORT).items()
    }
    assert written == {"find": [], "comment": ["pull-requests"], "alerts": ["security-events"]}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_that_somebody_wrote_becomes_code(file: Path) -> None:
    """Values reach a shell or a script as variables of the environment, never as a part of its text."""
    for step in steps(file):
        assert "${{" not in step.get("run", "")
        assert "${{" not in step.get("with", {}).get("script", "")


def test_the_artifact_is_not_believed() -> None:
    """Its number is a number, and GitHub says that the run was of that pull request's newest commit."""
    find = next(step["with"]["script"] for step in steps(REPORT) if step.get("id") == "find")
    assert "/^[1-9][0-9]{0,8}$/.test(text)" in find
    assert "pull.head.sha === run.head_sha" in find
    assert "pull.head.repo.full_name === run.head_repository.full_name" in find
    jobs = read(REPORT)["jobs"]
    for name in ("comment", "alerts"):
        assert jobs[name]["needs"] == "find"
        assert jobs[name]["if"] == "needs.find.outputs.number != ''"


def test_the_artifact_is_kept_apart() -> None:
    """It is unpacked outside of the workspace, where nothing is looked up that runs."""
    for step in steps(REPORT):
        if step["uses"].startswith("actions/download-artifact@"):
            assert step["with"]["path"] == "${{ runner.temp }}/plan"


def test_a_link_in_the_artifact_is_not_followed() -> None:
    """Or the text of a comment could be any file of the machine that writes it."""
    scripts = [step["with"]["script"] for step in steps(REPORT) if "script" in step.get("with", {})]
    assert all(script.count("readFileSync(") == script.count("isFile()") == 1 for script in scripts)


def test_the_comment_is_the_one_that_the_report_writes() -> None:
    """Found by the same mark, no longer than the report allows, and calling nobody."""
    comment = next(step["with"]["script"] for step in steps(REPORT) if "createComment" in str(step))
    assert f"'{MARKER}'" in comment
    assert f".slice(0, {LIMIT})" in comment.replace("_", "")
    assert "replaceAll('@', '@\\u200b')" in comment


def test_the_plan_is_of_three_stacks() -> None:
    """Each is planned, against the base, in the three forms of a report."""
    (command,) = (step["run"] for step in steps(PLAN) if "qm plan" in step.get("run", ""))
    for words in ("--stack dev", "--stack staging", "--stack prod", "--against", "--sarif", "--markdown"):
        assert words in command
