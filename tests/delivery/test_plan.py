"""`qm plan`: what a stack would deploy and what the policies say of it, without an engine or an account."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sysconfig
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from typer.testing import CliRunner, Result

from agents.errors import InvalidError, NotFoundError, SetupError
from delivery.commands.plan import app
from delivery.findings import Finding
from delivery.plan import FOLDER, Plan, plan
from delivery.plan_text import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY: Final = date(2026, 1, 1)
PROGRAM: Final = (FOLDER / "tests" / "programs" / "clean.py").read_text()
STACK = """
config:
  quartermaster:environment: {name: dev}
  quartermaster:project: {prefix: qm}
"""
BUCKET = """
bucket = aws.s3.Bucket("bucket", bucket="qm-data-dev-000000000000-us-east-1", opts=opts)
switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
block = dict.fromkeys(switches, True)
aws.s3.BucketPublicAccessBlock("block", bucket=bucket.id, **block, opts=opts)
"""
UNKNOWN_POLICY = """
document = table.arn.apply(lambda arn: json.dumps({"Statement": []}))
aws.iam.Policy("policy", name="qm-read-dev", policy=document, opts=opts)
"""
# The small programs are about these rules; what a whole stack must have is not theirs.
RULES = (
    "dynamodb-encrypted-with-recovery",
    "iam-no-wildcard-action",
    "logs-retention-set",
    "name-pattern",
    "required-tags",
    "s3-public-access-block-present",
    "s3-public-access-blocked",
)
PROFILE = {"all": "disabled", **dict.fromkeys(RULES, "mandatory")}
SEEDED = [
    ('"enabled": True, "kms_key_arn": key.arn', '"enabled": False', "dynamodb-encrypted-with-recovery", "table"),
    ("qm-state-dev", "qm-state-prod", "name-pattern", "table"),
    ("qm-state-dev", "acme-state-dev", "name-pattern", "table"),
    (", retention_in_days=7", "", "logs-retention-set", "logs"),
    ('"Owner"), "x"', '), "x"', "required-tags", "key"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """The command leaves garbage lying, as its process ends; this one goes on."""
    yield
    gc.enable()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    (tmp_path / "policies" / "profiles").mkdir(parents=True)
    (tmp_path / "policies" / "profiles" / "dev.json").write_text(json.dumps(PROFILE))
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def test_several_stacks_are_planned_at_once() -> None:
    """The stacks that ship are read by one command, each with its own report; a stack given twice is planned once."""
    arguments = [word for stack in ("dev", "prod", "dev") for word in ("--stack", stack)]
    done = CliRunner().invoke(app, [*arguments, "-o", "json"])
    assert done.exit_code == 0
    assert [one["summary"]["stack"] for one in json.loads(done.stdout)] == ["dev", "prod"]


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--cwd", str(folder), *arguments])


def test_a_clean_program_exits_with_0(folder: Path) -> None:
    """The tree, the counts, and the next useful command."""
    result = run(folder, "--stack", "dev")
    assert result.exit_code == 0, result.output
    assert "  table  aws:dynamodb/table:Table" in result.output
    assert "dev: 6 resources, 0 mandatory and 0 advisory findings, 0 not evaluated, 0 exempt" in result.output
    assert "Next: qm up --stack dev" in result.output


@pytest.mark.parametrize(("old", "new", "rule", "resource"), SEEDED)
def test_a_seeded_mistake_is_found_by_its_rule(folder: Path, old: str, new: str, rule: str, resource: str) -> None:
    """One edit of a clean program, one rule that names it, the resource and the line."""
    assert old in PROGRAM
    (folder / "__main__.py").write_text(PROGRAM.replace(old, new))
    found = plan("dev", folder, today=TODAY).findings
    assert {one.rule for one in found} == {rule}
    assert resource in {one.urn.rpartition("::")[2] for one in found}
    assert all(one.location.startswith("__main__.py:") and one.blocks for one in found)


def test_a_defect_of_the_program_exits_with_1(folder: Path) -> None:
    """What no policy judges is shown before the findings, in the report for machines under `defects`."""
    spoilt = PROGRAM.replace('recovery={"enabled"', 'recovery={"enabledd": 1, "enabled"')
    assert spoilt != PROGRAM
    (folder / "__main__.py").write_text(spoilt)
    result = run(folder, "--stack", "dev")
    assert result.exit_code == 1
    line = next(number for number, text in enumerate(spoilt.splitlines(), 1) if "aws.dynamodb.Table(" in text)
    sentence = "pointInTimeRecovery.enabledd is no property; did you mean enabled?"
    assert f"  ✗ __main__.py:{line}: table: {sentence}" in result.output
    assert "Nothing can be deployed until the program's defects are mended: 1." in result.output
    report = json.loads(run(folder, "--stack", "dev", "-o", "json").output)
    assert [(one["location"], one["message"]) for one in report["defects"]] == [(f"__main__.py:{line}", sentence)]
    assert report["summary"]["defects"] == 1
    assert report["findings"] == []


def test_a_resource_that_only_an_update_would_show_is_a_defect(folder: Path) -> None:
    """A plan looks into callbacks that a preview leaves out."""
    inside = 'table.arn.apply(lambda arn: aws.ssm.Parameter("p", type="String", value=arn, opts=opts))\n'
    (folder / "__main__.py").write_text(PROGRAM + inside)
    found = plan("dev", folder, today=TODAY).defects
    assert [one.urn.rpartition("::")[2] for one in found] == ["p"]
    assert "registered only once outputs are known" in found[0].message


def test_a_bucket_without_its_sibling_is_found(folder: Path) -> None:
    """Siblings are joined by dependency, though the bucket's id is unknown in a plan."""
    (folder / "__main__.py").write_text(PROGRAM + BUCKET)
    assert plan("dev", folder, today=TODAY).findings == ()
    (folder / "__main__.py").write_text(PROGRAM + BUCKET.replace("bucket=bucket.id", "bucket='another'"))
    found = plan("dev", folder, today=TODAY).findings
    assert [(one.rule, one.urn.rpartition("::")[2]) for one in found] == [("s3-public-access-block-present", "bucket")]
    assert found[0].location.startswith("__main__.py:")


def test_mandatory_findings_exit_with_1(folder: Path) -> None:
    """The finding is printed under its resource with the way to mend it."""
    (folder / "__main__.py").write_text(PROGRAM.replace(", retention_in_days=7", ""))
    result = run(folder, "--stack", "dev")
    assert result.exit_code == 1
    assert "✗ logs-retention-set (medium): retentionInDays is not set, so lines are kept for ever" in result.output
    assert "Set retention_in_days. policies/README.md#logs-retention-set" in result.output


@pytest.mark.parametrize(("form", "parse"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_the_report_for_machines(folder: Path, form: str, parse: object) -> None:
    """The same seven keys in both formats, and the fields of a finding that other tools rely on."""
    (folder / "__main__.py").write_text(PROGRAM.replace(", retention_in_days=7", "") + UNKNOWN_POLICY)
    result = run(folder, "--stack", "dev", "-o", form)
    assert result.exit_code == 1
    report = parse(result.output)  # type: ignore[operator]
    assert list(report) == ["resources", "defects", "findings", "not_evaluated", "exemptions", "summary", "cost"]
    assert [list(one) for one in report["findings"]] == [[one.name for one in fields(Finding)]]
    assert report["findings"][0]["rule"] == "logs-retention-set"
    assert [one["rule"] for one in report["not_evaluated"]] == ["iam-no-wildcard-action"]
    assert report["summary"]["resources"] == len(report["resources"]) == 7
    assert report["summary"]["mandatory"] == 1


def test_what_could_not_be_judged_is_shown_and_does_not_block(folder: Path) -> None:
    """A document with an unknown ARN is its own class: neither a finding nor silence."""
    (folder / "__main__.py").write_text(PROGRAM + UNKNOWN_POLICY)
    result = run(folder, "--stack", "dev")
    assert result.exit_code == 0
    assert "? iam-no-wildcard-action: policy: policy cannot be known before the resources exist" in result.output
    assert "1 not evaluated" in result.output


def test_an_unknown_stack_is_named_with_those_there_are(folder: Path) -> None:
    """A usage error of one line."""
    error = run(folder, "--stack", "dve").exception
    assert isinstance(error, NotFoundError)
    assert str(error) == "there is no stack 'dve', did you mean dev? the stacks are dev"


def test_a_missing_package_is_the_environments_fault(folder: Path) -> None:
    """What the program imports and the machine lacks is named, with the command that mends it."""
    (folder / "__main__.py").write_text("import pulumi_azure\n")
    error = run(folder, "--stack", "dev").exception
    assert isinstance(error, SetupError)
    assert str(error) == "the package pulumi_azure is not installed. Run `make setup`"


def test_the_command_line_turns_errors_into_a_line_and_a_code(folder: Path) -> None:
    """`qm plan` of an unknown stack: one line that says what to do, exit 2, no traceback."""
    qm = shutil.which("qm", path=sysconfig.get_path("scripts"))
    assert qm
    command = [qm, "plan", "--stack", "dve", "--cwd", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: there is no stack 'dve', did you mean dev? the stacks are dev\n"


def test_refused_settings_are_a_usage_error(folder: Path) -> None:
    """Every problem that the program names is passed on, one a line."""
    (folder / "__main__.py").write_text('import pulumi\nraise pulumi.RunError("a is wrong\\nb is wrong")\n')
    error = run(folder, "--stack", "dev").exception
    assert isinstance(error, InvalidError)
    assert str(error).splitlines() == ["a is wrong", "b is wrong"]


def test_a_secret_is_in_no_report(folder: Path) -> None:
    """Inputs are not printed, and a rule's message holds none that is secret."""
    secret = 'aws.ssm.Parameter("p", type="SecureString", value=pulumi.Output.secret("hunter2"), opts=opts)\n'
    (folder / "__main__.py").write_text(PROGRAM + secret)
    found = plan("dev", folder, today=TODAY)
    assert "hunter2" not in json.dumps(found.as_json()) + text(found)


@pytest.fixture(scope="module", params=["dev", "staging", "prod", "local"])
def ours(request: pytest.FixtureRequest) -> Plan:
    return plan(request.param, today=TODAY)


def test_our_own_stacks_are_clean(ours: Plan) -> None:
    """No rule of the pack is broken by what we ship."""
    assert ours.findings == ()


def test_our_own_iam_documents_can_all_be_judged(ours: Plan) -> None:
    """ARNs are built from known names, so a plan has nothing to leave out."""
    assert ours.not_evaluated == ()


def test_our_own_program_has_no_defects(ours: Plan) -> None:
    """Properties are the SDK's, components finish, resources have a parent and a provider, none is made in apply."""
    assert ours.defects == ()
    assert [one.urn for one in ours.recording.registrations if one.type.startswith("aws:") and not one.location] == []
