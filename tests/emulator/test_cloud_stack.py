"""A stack in an account: the same commands, the user's own backend; the account is the emulator's here."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.cli.errors import ENVIRONMENT, run
from delivery import cloud_stack, emulator
from delivery.engine import EngineError
from delivery.places import Places
from delivery.post_deploy import aws_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from delivery.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(200)]

HERE = Places.here()
PARTS = ("agents", "components", "policies", "pyproject.toml", "uv.lock", "README.md", "Pulumi.yaml", "Pulumi.dev.yaml")
# The emulator has no lock of a backup vault, and gives a guardrail back without its content filters.
WITHOUT = """\
  quartermaster:features:
    backup: false
    guardrail: false
"""
# And so the rules that ask for one are off; every other is as in an account.
PROFILE = '{"bedrock-guardrail-exists": "disabled", "bedrock-invoke-guarded": "disabled"}'

# What the emulator gives back other than it was made; a change of this list is a change of the emulator.
DRIFT = {
    ("aws:cloudwatch:MetricAlarm", "-period,statistic"),  # made up for alarms that have queries instead
    ("aws:apigateway:UsagePlan", "-quotaSettings"),  # a plan without a quota comes back with one of 0
}
_UPDATE = re.compile(r"^ ~ +(\S+) \S+ update \[diff: (\S+)\]", re.MULTILINE)


@pytest.fixture
def project(tmp_path: Path) -> Places:
    """A copy of the project: pulumi writes the salt of a new stack into the stack's file."""
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi CLI is not on PATH")
    for name in (*PARTS, "__main__.py"):
        source = HERE.root / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    with (tmp_path / "Pulumi.dev.yaml").open("a") as file:
        file.write(WITHOUT)
    (tmp_path / "policies" / "profiles" / "dev.json").write_text(PROFILE)
    return Places(tmp_path)


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    record = tmp_path / "account" / "emulator.json"
    record.parent.mkdir()
    started = emulator.start(HERE, record)
    (tmp_path / "state").mkdir()
    for name, value in started.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PULUMI_BACKEND_URL", (tmp_path / "state").as_uri())
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a passphrase of the user's")
    log_role(started, "arn:aws:iam::000000000000:role/apigateway-logs")
    yield started
    emulator.stop(record)


def log_role(account: Emulator, arn: str) -> None:
    """What an account has once for all stacks in it."""
    client = aws_client("apigateway", account)
    client.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}])
    client.close()


def tables(account: Emulator) -> list[str]:
    client = aws_client("dynamodb", account)
    found: list[str] = client.list_tables()["TableNames"]
    client.close()
    return found


@pytest.mark.parametrize("command", ["up", "preview"])
def test_an_account_without_the_log_role_is_told_before_anything(
    project: Places, account: Emulator, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The stage would be refused minutes later; what is missing, where and how to make it is one line, exit 4."""
    log_role(account, "")
    told = {
        "up": lambda: cloud_stack.up(project, "dev", yes=True),
        "preview": lambda: cloud_stack.preview(project, "dev"),
    }
    assert run(told[command]) == ENVIRONMENT
    said = capfd.readouterr().err
    assert "error: API Gateway has no role to write logs with in this account in us-east-1" in said
    assert "README.md, Deploy" in said
    assert not (project.root / "var" / "packages").exists()


def test_a_preview_changes_no_file_and_no_account(
    project: Places, account: Emulator, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even when it fails; the stack can be deployed after it, and only that writes the stack's salt."""
    file = project.root / "Pulumi.dev.yaml"
    before = file.read_bytes()
    cloud_stack.preview(project, "dev")
    with pytest.raises(EngineError):
        cloud_stack.preview(project, "dev", expect_no_changes=True)
    assert file.read_bytes() == before
    assert tables(account) == []
    cloud_stack.up(project, "dev", yes=True)
    deployed = file.read_bytes()
    assert deployed.startswith(before)
    capfd.readouterr()
    with pytest.raises(EngineError):
        cloud_stack.preview(project, "dev", expect_no_changes=True)
    said = capfd.readouterr().out
    assert set(_UPDATE.findall(said)) == DRIFT
    assert not re.search(r"^ [+-]", said, re.MULTILINE)
    assert file.read_bytes() == deployed


def test_a_stack_is_deployed_and_removed(project: Places, account: Emulator, capfd: pytest.CaptureFixture[str]) -> None:
    """Packages for arm64, policies on, state in the user's backend; removing it leaves no table."""
    cloud_stack.up(project, "dev", yes=True)
    said = capfd.readouterr().out
    assert "quartermaster@" in said
    assert "https://" in said
    assert tables(account) == ["qm-audit-dev", "qm-configuration-dev", "qm-conversation-dev"]
    cloud_stack.down(project, "dev", yes=True)
    assert tables(account) == []
