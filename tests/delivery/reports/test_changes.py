"""`--against`: what differs from another revision, which is recorded by itself, in a process of its own."""

from __future__ import annotations

import gc
import json
import os
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from typer.testing import CliRunner, Result

from agents.errors import InvalidError, SetupError
from delivery.commands.plan import app
from delivery.reports import changes_text, markdown
from delivery.reports.changes import Changes, changes
from delivery.reports.revision import before
from delivery.reports.schema import schema
from delivery.reports.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from delivery.plan import Plan
    from delivery.reports.changes import Changed, Resource

DAY = date(2026, 11, 21)
ROLE = """
trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
role = aws.iam.Role("role", name="qm-api-dev", assume_role_policy=json.dumps({"Statement": [trust]}), opts=opts)
reads = {"Sid": "Reads", "Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": ["arn:x"]}
aws.iam.RolePolicy("reads", role=role.id, policy=json.dumps({"Statement": [reads]}), opts=opts)
"""
ALIASED = 'pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=[pulumi.Alias(name="logs")]))'
SECRET = 'aws.ssm.Parameter("p", type="SecureString", value=pulumi.Output.secret("hunter2"), opts=opts)\n'


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """The command leaves garbage lying, as its process ends; this one goes on."""
    yield
    gc.enable()


@pytest.fixture
def compared(planned: Callable[..., Plan]) -> Callable[..., Changes]:
    """The difference between two forms of the project's program, each given as `planned` takes it."""

    def make(old: tuple[str, ...], new: tuple[str, ...]) -> Changes:
        was = snapshot(planned(*old))
        now = planned(*new)
        return changes(json.loads(json.dumps(was)), snapshot(now), now, revision="main")

    return make


def names(found: Sequence[Changed | Resource]) -> list[str]:
    return [one.name for one in found]


def test_nothing_changed_is_nothing(compared: Callable[..., Changes]) -> None:
    """Two recordings of one program do not differ."""
    found = compared(("", "", ROLE + SECRET), ("", "", ROLE + SECRET))
    assert (found.added, found.removed, found.changed, found.new, found.gone) == ((), (), (), (), ())
    assert changes_text.headline(found) == "none"


def test_what_comes_and_goes(compared: Callable[..., Changes]) -> None:
    """With what it costs, and the permissions that come with it."""
    found = compared(("", ""), ("", "", ROLE + 'aws.kms.Key("more", opts=opts)\n'))
    assert names(found.added) == ["more", "reads", "role"]
    assert found.removed == ()
    assert found.cost == "+1.30"
    assert [(one.role, one.action) for one in found.iam.widened] == [
        ("role", "dynamodb:GetItem"),
        ("role", "sts:AssumeRole"),
    ]
    back = compared(("", "", ROLE), ("", ""))
    assert names(back.removed) == ["reads", "role"]
    assert len(back.iam.narrowed) == 2


def test_a_changed_property_that_replaces_is_told(compared: Callable[..., Changes]) -> None:
    """By the property; one that does not replace is a change only."""
    found = compared(("", ""), ('name="qm-state-dev"', 'name="qm-other-dev"'))
    assert names(found.replaced) == ["table"]
    assert found.replaced[0].forced_by == ("name",)
    mild = compared(("", ""), ("retention_in_days=7", "retention_in_days=14"))
    assert [(one.name, one.replaced) for one in mild.changed] == [("logs", "no")]
    assert "      retentionInDays: 7 -> 14" in changes_text.text(mild)


def test_an_alias_is_the_same_resource(compared: Callable[..., Changes]) -> None:
    """Renamed in the program with an alias, it neither comes nor goes; without one it does both."""
    old = 'aws.cloudwatch.LogGroup("logs", name="/aws/lambda/qm-api-dev", retention_in_days=7, opts=opts)'
    bare = old.replace('"logs"', '"lines"')
    aliased = bare.replace("opts=opts", f"opts={ALIASED}").replace("=7", "=14")
    without = compared(("", ""), (old, bare))
    assert (names(without.added), names(without.removed)) == (["lines"], ["logs"])
    found = compared(("", ""), (old, aliased))
    assert (found.added, found.removed) == ((), ())
    assert [(one.name, one.was.rpartition("::")[2]) for one in found.changed] == [("lines", "logs")]


def test_permissions_are_compared_by_what_they_allow(compared: Callable[..., Changes]) -> None:
    """One more action is one line."""
    found = compared(
        ("", "", ROLE), ("", "", ROLE.replace('"dynamodb:GetItem"', '"dynamodb:GetItem", "dynamodb:Scan"'))
    )
    assert [(one.action, one.resource) for one in found.iam.widened] == [("dynamodb:Scan", "arn:x")]
    assert found.iam.narrowed == ()
    assert "    role: dynamodb:Scan on arn:x" in changes_text.text(found)


def test_findings_that_come_and_go(compared: Callable[..., Changes]) -> None:
    """Matched by rule and resource, so that an edit above them changes nothing."""
    found = compared(("", ""), (", retention_in_days=7", ""))
    assert [one.rule for one in found.new if one.rule == "logs-retention-set"] == ["logs-retention-set"]
    back = compared((", retention_in_days=7", ""), ("", ""))
    assert "logs-retention-set" in {one.rule for one in back.gone}


def test_a_secret_that_changed_is_never_shown(compared: Callable[..., Changes]) -> None:
    """Neither before nor after, in no report."""
    found = compared(("", "", SECRET), ("", "", SECRET.replace("hunter2", "hunter3")))
    assert names(found.changed) == ["p"]
    assert "hunter" not in json.dumps(found.as_json()) + changes_text.text(found)


def git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{role}_{what}": "x@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, **who})


@pytest.fixture
def repository(folder: Path) -> Path:
    """The project in the folder of a repository, committed once."""
    git(folder.parent, "init", "--quiet")
    git(folder.parent, "add", "project")
    git(folder.parent, "commit", "--quiet", "-m", "one")
    return folder


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--cwd", str(folder), "--stack", "dev", *arguments])


def test_a_revision_is_planned_with_its_own_program(repository: Path) -> None:
    """The working copy as it is, uncommitted, against what was committed; in text, JSON and the comment."""
    text = (repository / "__main__.py").read_text()
    (repository / "__main__.py").write_text(text.replace("retention_in_days=7", "retention_in_days=14"))
    done = run(repository, "--against", "main", "--markdown", str(repository.parent / "comment.md"))
    assert "dev against main (" in done.stdout, done.output
    assert "): 1 changed\n" in done.stdout
    assert "Note: 1 uncommitted changes of the working copy are part of what is compared." in done.stdout
    comment = (repository.parent / "comment.md").read_text()
    assert comment.startswith(markdown.MARKER)
    assert "| dev | 6 | 1 changed |" in comment
    report = json.loads(run(repository, "--against", "main", "-o", "json").stdout)
    assert jsonschema_rs.Draft202012Validator(schema(), offline=True).is_valid(report)
    assert [one["name"] for one in report["changes"]["changed"]] == ["logs"]
    assert str(repository) not in json.dumps(report["changes"])


def test_the_repository_is_left_as_it_was(repository: Path) -> None:
    """No work tree, no lock, no branch of ours stays behind."""

    def state() -> list[str]:
        return sorted(str(one) for one in (repository.parent / ".git").rglob("*") if one.name != "index")

    was = state()
    before(repository, "HEAD", ["dev"], DAY)
    assert state() == was


def test_a_stack_that_the_revision_does_not_have_is_all_new(repository: Path) -> None:
    """A pull request may add one."""
    stack = (repository / "Pulumi.dev.yaml").read_text()
    (repository / "Pulumi.new.yaml").write_text(stack)
    done = CliRunner().invoke(app, ["--cwd", str(repository), "--stack", "new", "--against", "HEAD"])
    assert "6 added" in done.stdout, done.output
    assert "Note: the revision has no stack new." in done.stdout


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", ""])
def test_a_revision_that_there_is_not_is_a_usage_error(repository: Path, revision: str) -> None:
    """Whatever it looks like, git takes it for a revision."""
    with pytest.raises(InvalidError, match="there is no revision"):
        before(repository, revision, ["dev"], DAY)


def test_a_shallow_clone_says_what_to_fetch(repository: Path, tmp_path: Path) -> None:
    """The environment lacks something."""
    git(repository.parent, "commit", "--quiet", "--allow-empty", "-m", "two")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository.parent}", "shallow")
    with pytest.raises(SetupError, match="git fetch --unshallow"):
        before(tmp_path / "shallow" / "project", "HEAD~1", ["dev"], DAY)


def test_outside_of_a_repository_there_is_nothing_to_compare_with(folder: Path) -> None:
    """Git's own words say why."""
    with pytest.raises(SetupError, match="not a git repository"):
        before(folder, "HEAD", ["dev"], DAY)


def test_a_revision_that_is_broken_is_named_with_its_error(repository: Path) -> None:
    """Not as an error of the working copy."""
    program = (repository / "__main__.py").read_text()
    (repository / "__main__.py").write_text("raise ValueError('oh')\n")
    git(repository, "commit", "--quiet", "-a", "-m", "broken")
    (repository / "__main__.py").write_text(program)
    with pytest.raises(InvalidError, match="'HEAD' cannot be planned: ValueError: oh"):
        before(repository, "HEAD", ["dev"], DAY)


def test_reports_go_to_files_and_stdout_stays_the_report(folder: Path, tmp_path: Path) -> None:
    """All at once; what cannot be written is exit 4's error."""
    files = {option: tmp_path / option for option in ("sarif", "junit", "markdown")}
    done = run(folder, *(word for option, file in files.items() for word in (f"--{option}", str(file))), "-o", "json")
    assert json.loads(done.stdout)["summary"]["stack"] == "dev"
    assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"
    assert files["junit"].read_text().startswith("<?xml")
    assert files["markdown"].read_text().startswith(markdown.MARKER)
    assert isinstance(run(folder, "--sarif", str(tmp_path / "no" / "file")).exception, SetupError)
    assert isinstance(run(folder, "--sarif", "-").exception, InvalidError)
