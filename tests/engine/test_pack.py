"""The real engine with the pack: a violation stops a preview, and the engine finds what `qm plan` finds.

Small programs tell the provider to ask nothing of the cloud; our own asks once who it is, and is told.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import pytest

from agents.contract import FUNCTIONS
from delivery.analysis import Servicer, analyse
from delivery.engine_files import policy_config
from delivery.places import Places
from delivery.plan import FOLDER, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from delivery.findings import Finding, NotEvaluated

TODAY: Final = datetime.now(UTC).date()  # as the pack takes it
PACK: Final = FOLDER / "policies"
PLUGIN: Final = "pulumi-resource-aws"
FINDING: Final = re.compile(r"\[(mandatory|advisory)\].*?  ([a-z0-9-]+)  \(aws:[\w:]+: ([\w-]+)\)")
Preview: TypeAlias = "Callable[[str], subprocess.CompletedProcess[str]]"
pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]

PROGRAM: Final = (FOLDER / "tests" / "programs" / "clean.py").read_text()
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


class Pulumi(Protocol):
    def __call__(self, folder: Path, *arguments: str, endpoint: str = "") -> subprocess.CompletedProcess[str]: ...


def engine_findings(text: str) -> set[tuple[str, str, str]]:
    """Rule, resource and level of each line of the engine's policy report."""
    return {(rule, resource, level) for level, rule, resource in FINDING.findall(text)}


def plan_findings(found: Sequence[Finding], skipped: Sequence[NotEvaluated]) -> set[tuple[str, str, str]]:
    """The same of a plan; what it calls not evaluated is advice to the engine."""
    levels = {(one.rule, one.urn.rpartition("::")[2], one.enforcement) for one in found}
    return levels | {(one.rule, one.urn.rpartition("::")[2], "advisory") for one in skipped}


@pytest.fixture
def pulumi(tmp_path: Path) -> Pulumi:
    """Runs the CLI in a folder; skips, saying why, where the CLI or the provider's plugin is absent."""
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi CLI is not on PATH")
    installed = Path.home() / ".pulumi" / "plugins"
    if shutil.which(PLUGIN) is None and not list(installed.glob(f"resource-aws-*/{PLUGIN}")):
        pytest.skip("the aws provider plugin is not installed")
    home, state = tmp_path / "home", tmp_path / "state"
    home.mkdir()
    state.mkdir()
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

    def run(folder: Path, *arguments: str, endpoint: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=folder,
            env=environment | ({"AWS_ENDPOINT_URL": endpoint} if endpoint else {}),
            check=False,
            capture_output=True,
            text=True,
        )

    return run


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
def preview(pulumi: Pulumi, folder: Path) -> Preview:
    made = pulumi(folder, "stack", "init", "dev")
    assert made.returncode == 0, made.stderr

    def run(program: str) -> subprocess.CompletedProcess[str]:
        (folder / "__main__.py").write_text(program)
        return pulumi(folder, "preview", "--policy-pack", str(PACK))

    return run


def test_a_clean_program_passes_the_pack(preview: Preview) -> None:
    """Default tags of the provider count, and an unknown key ARN is no false alarm."""
    done = preview(PROGRAM)
    assert done.returncode == 0, done.stdout + done.stderr
    assert engine_findings(done.stdout) == set()


def test_a_violation_stops_the_preview_and_a_plan_finds_the_same(preview: Preview, folder: Path) -> None:
    """Mandatory findings fail the preview; what was not evaluated is shown as advice; `qm plan` agrees on both."""
    done = preview(PROGRAM + BAD)
    assert done.returncode != 0
    found = engine_findings(done.stdout)
    planned = plan("dev", folder, today=TODAY)
    assert found == plan_findings(planned.findings, planned.not_evaluated)
    assert {rule for rule, _, level in found if level == "mandatory"} == {
        "iam-no-wildcard-action",
        "lambda-timeout-and-memory-set",
        "name-pattern",
        "s3-public-access-block-present",
    }
    assert ("iam-no-wildcard-action", "some", "advisory") in found
    assert "not evaluated: policy cannot be known before the resources exist" in done.stdout


def test_the_engine_knows_the_stacks_prefix(preview: Preview, pulumi: Pulumi, folder: Path) -> None:
    """A name that begins with another word passes the rule alone, and fails with what `qm up` tells the engine."""
    settings = folder / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text().replace("config:", "config:\n  quartermaster:project: {prefix: qm}"))
    assert preview(PROGRAM.replace("qm-state", "other-state")).returncode == 0
    file = policy_config(Places(folder), "dev")
    done = pulumi(folder, "preview", "--policy-pack", str(PACK), "--policy-pack-config", str(file))
    assert done.returncode != 0
    assert engine_findings(done.stdout) == {("name-pattern", "table", "mandatory")}
    planned = plan("dev", folder, today=TODAY)
    assert plan_findings(planned.findings, planned.not_evaluated) == engine_findings(done.stdout)


class WhoAmI(BaseHTTPRequestHandler):
    """The only question of a first preview: whose account is it?"""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = (
            b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            b"<GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn><UserId>plan</UserId>"
            b"<Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
        self.send_response(200)
        self.send_header("content-type", "text/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def identity() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), WhoAmI) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def ours(tmp_path: Path, pulumi: Pulumi) -> Path:
    """A copy of our own program with empty packages: the CLI writes into the stack's file."""
    where = tmp_path / "ours"
    where.mkdir()
    for file in (FOLDER / "__main__.py", *FOLDER.glob("Pulumi*.yaml")):
        shutil.copy(file, where)
    for package in ("agents", "components"):
        shutil.copytree(FOLDER / package, where / package, ignore=shutil.ignore_patterns("__pycache__"))
    project = where / "Pulumi.yaml"
    project.write_text(re.sub(r"virtualenv: .*", f"virtualenv: {sys.prefix}", project.read_text()))
    (where / "var" / "packages" / "local").mkdir(parents=True)
    for function in FUNCTIONS:
        with zipfile.ZipFile(where / "var" / "packages" / "local" / f"{function.name}.zip", "w") as archive:
            archive.writestr("empty.py", "")
    made = pulumi(where, "stack", "init", "local")
    assert made.returncode == 0, made.stderr
    return where


def test_our_own_program_passes_the_pack(pulumi: Pulumi, ours: Path, identity: str) -> None:
    """The engine plans as many resources as a plan does, and neither finds anything."""
    done = pulumi(ours, "preview", "--stack", "local", "--policy-pack", str(PACK), endpoint=identity)
    assert done.returncode == 0, done.stdout + done.stderr
    planned = plan("local", today=TODAY)
    assert f"+ {len(planned.recording.registrations)} to create" in done.stdout
    assert engine_findings(done.stdout) == plan_findings(planned.findings, planned.not_evaluated) == set()


def test_the_engine_and_a_plan_agree_on_our_own_program(
    pulumi: Pulumi, ours: Path, identity: str, tmp_path: Path
) -> None:
    """With the same configuration, which nothing of ours can satisfy, both name the same resources."""
    parameters: dict[str, dict[str, Any]] = {
        "name-pattern": {"prefix": "other"},
        "required-tags": {"required": ["Team"]},
    }
    file = tmp_path / "configuration.json"
    file.write_text(json.dumps(parameters))
    command = ("preview", "--stack", "local", "--policy-pack", str(PACK), "--policy-pack-config", str(file))
    done = pulumi(ours, *command, endpoint=identity)
    assert done.returncode != 0
    expected = plan_findings(*analyse(plan("local", today=TODAY).recording, Servicer(parameters)))
    assert {rule for rule, _, _ in expected} == set(parameters)
    assert engine_findings(done.stdout) == expected
