"""The real engine with the pack: a violation stops a preview, and the engine finds what `qm plan` finds.

The provider is told to ask nothing of the cloud, so no account and no endpoint is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from delivery.plan import plan

if TYPE_CHECKING:
    from collections.abc import Callable

PACK: Final = Path(__file__).parents[2] / "policies"
PLUGIN: Final = "pulumi-resource-aws"
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi CLI is not on PATH"),
    pytest.mark.skipif(
        shutil.which(PLUGIN) is None and not list(Path.home().glob(f".pulumi/plugins/resource-aws-*/{PLUGIN}")),
        reason="the aws provider plugin is not installed",
    ),
    pytest.mark.timeout(180),
]

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

tags = dict.fromkeys(("Project", "Environment", "ManagedBy", "CostCenter", "Owner"), "x")
provider = aws.Provider(
    "aws",
    region="us-east-1",
    default_tags={"tags": tags},
    skip_credentials_validation=True,
    skip_requesting_account_id=True,
    skip_metadata_api_check=True,
)
opts = pulumi.ResourceOptions(provider=provider)
key = aws.kms.Key("key", opts=opts)
table = aws.dynamodb.Table(
    "table",
    name="qm-state-dev",
    hash_key="pk",
    attributes=[{"name": "pk", "type": "S"}],
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    point_in_time_recovery={"enabled": True},
    opts=opts,
)
logs = aws.cloudwatch.LogGroup("logs", name="/aws/lambda/qm-api-dev", retention_in_days=7, opts=opts)
"""
BAD = """
trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]})
role = aws.iam.Role("role", assume_role_policy=trust, opts=opts)
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
aws.iam.RolePolicy("all", role="r", policy=json.dumps(everything), opts=opts)
aws.iam.RolePolicy("some", role="r", policy=table.arn.apply(lambda arn: json.dumps({"Resource": arn})), opts=opts)
aws.s3.Bucket("bare", bucket="qm-bare-dev-000000000000-us-east-1", opts=opts)
code = pulumi.AssetArchive({"a.py": pulumi.StringAsset("x")})
aws.lambda_.Function("fn", name="api", role=role.arn, runtime="python3.13", handler="a.b", code=code, opts=opts)
"""
FINDING: Final = re.compile(r"\[(mandatory|advisory)\].*?  ([a-z0-9-]+)  \(aws:[\w:]+: (\w+)\)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    where = tmp_path / "project"
    where.mkdir()
    # Both ways of saying which interpreter: this one.
    (where / "Pulumi.yaml").write_text(
        f"name: quartermaster\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (where / "Pulumi.dev.yaml").write_text("config:\n  quartermaster:environment: {name: dev}\n")
    return where


@pytest.fixture
def preview(tmp_path: Path, folder: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    home, state = tmp_path / "home", tmp_path / "state"
    home.mkdir()
    state.mkdir()
    installed = Path.home() / ".pulumi" / "plugins"
    if installed.is_dir():
        (home / "plugins").symlink_to(installed)
    environment = {
        "HOME": str(Path.home()),
        "PATH": os.pathsep.join((str(Path(sys.prefix) / "bin"), os.environ["PATH"])),
        "VIRTUAL_ENV": sys.prefix,
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "made up",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)

    made = pulumi("stack", "init", "dev")
    assert made.returncode == 0, made.stderr

    def run(program: str) -> subprocess.CompletedProcess[str]:
        (folder / "__main__.py").write_text(program)
        return pulumi("preview", "--policy-pack", str(PACK))

    return run


def test_a_clean_program_passes_the_pack(preview: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    """Default tags of the provider count, and an unknown key ARN is no false alarm."""
    done = preview(PROGRAM)
    assert done.returncode == 0, done.stdout + done.stderr
    assert FINDING.findall(done.stdout) == []


def test_a_violation_stops_the_preview_and_a_plan_finds_the_same(
    preview: Callable[[str], subprocess.CompletedProcess[str]], folder: Path
) -> None:
    """Mandatory findings fail the preview; what was not evaluated is shown as advice; `qm plan` agrees on both."""
    done = preview(PROGRAM + BAD)
    assert done.returncode != 0
    found = {(rule, resource, level) for level, rule, resource in FINDING.findall(done.stdout)}
    planned = plan("dev", folder)
    expected = {(one.rule, one.urn.rpartition("::")[2], one.enforcement) for one in planned.findings}
    expected |= {(one.rule, one.urn.rpartition("::")[2], "advisory") for one in planned.not_evaluated}
    assert found == expected
    assert {rule for rule, _, level in found if level == "mandatory"} == {
        "iam-no-wildcard-action",
        "lambda-timeout-and-memory-set",
        "name-pattern",
        "s3-public-access-block-present",
    }
    assert ("iam-no-wildcard-action", "some", "advisory") in found
    assert "not evaluated: policy cannot be known before the resources exist" in done.stdout
