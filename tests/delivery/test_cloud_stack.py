"""A stack in an account, before its engine starts: what the policies refuse is refused here."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from agents.cli.errors import REFUSED, USAGE, run
from delivery import cloud_stack
from delivery.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT = Places.here().root
PROGRAM = """
import pulumi
import pulumi_aws as aws

tags = dict.fromkeys(("Project", "Environment", "ManagedBy", "CostCenter", "Owner"), "x")
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region="us-east-1", default_tags={"tags": tags}))
"""
LOGS = """
aws.cloudwatch.LogGroup("logs", name="/aws/lambda/other-api-dev", retention_in_days=7, opts=opts)
"""
TABLE = """
aws.dynamodb.Table("table", name="other-state-dev", hash_key="pk", attributes=[{"name": "pk", "type": "S"}], opts=opts)
"""


def by_up(places: Places) -> None:
    cloud_stack.up(places, "dev", yes=True)


def by_preview(places: Places) -> None:
    cloud_stack.preview(places, "dev")


each_command = pytest.mark.parametrize("command", [by_up, by_preview])


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A project with a stack `dev`, and a `pulumi` that only leaves a trace."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    profiles = tmp_path / "policies" / "profiles"
    profiles.mkdir(parents=True)
    # These small programs are about names; what a whole stack must have is not theirs.
    (profiles / "dev.json").write_text('{"all": "disabled", "name-pattern": "mandatory"}')
    command = tmp_path / "bin" / "pulumi"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "x")
    return Places(tmp_path)


@each_command
def test_what_the_policies_refuse_is_named(
    places: Places, command: Callable[[Places], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Stack, rule, resource, place and fix in one line; the exit code is the refusal's, and pulumi never runs."""
    (places.root / "__main__.py").write_text(PROGRAM + LOGS)
    assert run(lambda: command(places)) == REFUSED
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("error: the policies refuse the stack dev: ")
    assert "__main__.py:8 name-pattern: logs: name 'other-api-dev' is not qm-<name>-dev. Take the name from" in said[0]
    assert not (places.root / "ran").exists()


@each_command
def test_every_refusal_is_a_line(
    places: Places, command: Callable[[Places], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them at once, so that they are mended once."""
    (places.root / "__main__.py").write_text(PROGRAM + LOGS + TABLE)
    assert run(lambda: command(places)) == REFUSED
    said = capsys.readouterr().err.splitlines()
    for found in ("name-pattern: logs: name 'other-api-dev'", "name-pattern: table: name 'other-state-dev'"):
        assert any(line.startswith("error: ") and found in line for line in said), said
    assert not (places.root / "ran").exists()


@each_command
def test_wrong_settings_are_a_usage_error(
    places: Places, command: Callable[[Places], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """They are found before a policy is asked, and have an exit code of their own."""
    (places.root / "__main__.py").write_text(PROGRAM + LOGS)
    settings = places.root / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text() + "  quartermaster:resources: {lambda: {memory_mb: 5}}\n")
    assert run(lambda: command(places)) == USAGE
    assert "memory_mb" in capsys.readouterr().err
    assert not (places.root / "ran").exists()
