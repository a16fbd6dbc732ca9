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
from delivery.plan import FOLDER, parameters, plan
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from delivery.findings import Finding, NotEvaluated
    from delivery.policy_configuration import Parameters

TODAY: Final = datetime.now(UTC).date()  # as the pack takes it
PACK: Final = FOLDER / "policies"
PLUGIN: Final = "pulumi-resource-aws"
FINDING: Final = re.compile(r"\[(mandatory|advisory)\].*?  ([a-z0-9-]+)  \([\w:/-]+: ([\w-]+)\)")
# The small programs are about these rules; what a whole stack must have is not theirs.
RULES: Final = (
    "dynamodb-encrypted-with-recovery",
    "iam-no-wildcard-action",
    "lambda-timeout-and-memory-set",
    "logs-retention-set",
    "name-pattern",
    "required-tags",
    "s3-public-access-block-present",
)
PROFILE: Final = {"all": "disabled", **dict.fromkeys(RULES, "mandatory")}
# Rules about several resources see outputs. In a preview the provider calls unknown what the program leaves to it and
# the recorder knows to be left out; the engine then says "not evaluated" of the stack, and decides when it deploys.
UNDECIDED: Final = frozenset(
    {
        "backup-covers-state",  # Selection.notResources
        "backup-role-own",  # Role.managedPolicyArns
        "bedrock-token-alarms",  # Role.inlinePolicies
        "glue-tables-in-own-buckets",  # CatalogDatabase.locationUri
        "iam-call-is-granted",  # Function.role
        "iam-role-policies-fit",  # Role.inlinePolicies
        "s3-encrypted-with-own-key",  # Bucket.serverSideEncryptionConfiguration
        "secretsmanager-rotates",  # Secret.rotationEnabled
    }
)
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
    (where / "policies" / "profiles").mkdir(parents=True)
    (where / "policies" / "profiles" / "dev.json").write_text(json.dumps(PROFILE))
    return where


@pytest.fixture
def preview(pulumi: Pulumi, folder: Path) -> Preview:
    made = pulumi(folder, "stack", "init", "dev")
    assert made.returncode == 0, made.stderr

    def run(program: str) -> subprocess.CompletedProcess[str]:
        (folder / "__main__.py").write_text(program)
        file = policy_config(Places(folder), "dev")
        return pulumi(folder, "preview", "--policy-pack", str(PACK), "--policy-pack-config", str(file))

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


def test_the_engine_knows_the_stacks_prefix(preview: Preview, folder: Path) -> None:
    """A name that begins with another word passes where no prefix is set, and fails where the settings say one."""
    program = PROGRAM.replace("qm-state", "other-state")
    assert preview(program).returncode == 0
    settings = folder / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text().replace("config:", "config:\n  quartermaster:project: {prefix: qm}"))
    done = preview(program)
    assert done.returncode != 0
    assert engine_findings(done.stdout) == {("name-pattern", "table", "mandatory")}
    planned = plan("dev", folder, today=TODAY)
    assert plan_findings(planned.findings, planned.not_evaluated) == engine_findings(done.stdout)


WHO: Final = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn><UserId>plan</UserId>"
    "<Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
ZONE: Final = (
    "<item><zoneName>us-east-1{0}</zoneName><zoneId>use1-az-{0}</zoneId><zoneState>available</zoneState>"
    "<zoneType>availability-zone</zoneType><regionName>us-east-1</regionName>"
    "<optInStatus>opt-in-not-required</optInStatus><groupName>us-east-1-zg-1</groupName></item>"
)
ZONES: Final = (
    '<DescribeAvailabilityZonesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><availabilityZoneInfo>'
    f"{''.join(map(ZONE.format, 'abc'))}</availabilityZoneInfo></DescribeAvailabilityZonesResponse>"
)


class Cloud(BaseHTTPRequestHandler):
    """What a first preview asks: whose account it is, and which zones its region has."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("content-length", 0)))
        body = (ZONES if b"DescribeAvailabilityZones" in asked else WHO).encode()
        self.send_response(200)
        self.send_header("content-type", "text/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def cloud() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Cloud) as server:
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
    for folder in (where / "var" / "packages", where / "var" / "packages" / "local"):
        folder.mkdir(parents=True)
        for function in FUNCTIONS:
            with zipfile.ZipFile(folder / f"{function.name}.zip", "w") as archive:
                archive.writestr("empty.py", "")
    return where


def previewed(
    pulumi: Pulumi, ours: Path, stack: str, cloud: str, given: Parameters
) -> subprocess.CompletedProcess[str]:
    """The first preview of one of our stacks, whose rules are configured like this."""
    made = pulumi(ours, "stack", "init", stack)
    assert made.returncode == 0, made.stderr
    file = ours / "policy-config.json"
    file.write_text(json.dumps(given))
    command = ("preview", "--stack", stack, "--policy-pack", str(PACK), "--policy-pack-config", str(file))
    return pulumi(ours, *command, endpoint=cloud)


def decided(text: str, stack: str) -> set[tuple[str, str, str]]:
    """The engine's findings without those that it can only make when it deploys."""
    undecided = {(rule, f"quartermaster-{stack}", "advisory") for rule in UNDECIDED}
    return engine_findings(text) - undecided


def by_engine(found: Sequence[Finding]) -> list[Finding]:
    """Without what only a plan can know."""
    return [one for one in found if one.scope == "engine"]


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_our_own_program_passes_the_pack(pulumi: Pulumi, ours: Path, cloud: str, stack: str) -> None:
    """With the stack's profile the engine plans as many resources and finds the same as a plan, and nothing blocks."""
    done = previewed(pulumi, ours, stack, cloud, parameters(read_stack(FOLDER, stack)))
    assert done.returncode == 0, done.stdout + done.stderr
    planned = plan(stack, today=TODAY)
    assert f"+ {len(planned.recording.registrations)} to create" in done.stdout
    assert decided(done.stdout, stack) == plan_findings(by_engine(planned.findings), planned.not_evaluated)


@pytest.mark.parametrize("stack", ["local", "prod"])
def test_the_engine_and_a_plan_agree_on_our_own_program(pulumi: Pulumi, ours: Path, cloud: str, stack: str) -> None:
    """With a profile that nothing of ours can satisfy, both name the same resources."""
    given: dict[str, Any] = {
        **parameters(read_stack(FOLDER, stack)),
        "name-pattern": {"prefix": "other"},
        "required-tags": {"required": ["Team"]},
        "logs-retention-set": {"least_days": 3650},
        "lambda-reserved-concurrency": {"enforcementLevel": "mandatory", "required": True},
    }
    done = previewed(pulumi, ours, stack, cloud, given)
    assert done.returncode != 0
    found, skipped = analyse(plan(stack, today=TODAY).recording, Servicer(given))
    expected = plan_findings(by_engine(found), skipped)
    assert {"name-pattern", "required-tags", "logs-retention-set"} <= {rule for rule, _, _ in expected}
    assert decided(done.stdout, stack) == expected


def test_a_stack_that_is_there_can_be_analysed(preview: Preview, pulumi: Pulumi, folder: Path, tmp_path: Path) -> None:
    """`pulumi policy analyze` asks the pack about a state file, without a program, an account or a stack."""
    assert preview(PROGRAM).returncode == 0
    kind, bad = "aws:s3/bucketAcl:BucketAcl", {"acl": "public-read", "bucket": "b"}
    root = "urn:pulumi:dev::quartermaster::pulumi:pulumi:Stack::quartermaster-dev"
    resources = [
        {"urn": root, "custom": False, "type": "pulumi:pulumi:Stack"},
        {
            "urn": f"urn:pulumi:dev::quartermaster::{kind}::open",
            "custom": True,
            "id": "b",
            "type": kind,
            "inputs": bad,
            "outputs": bad,
            "parent": root,
        },
    ]
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": resources}}))
    done = pulumi(folder, "policy", "analyze", "--file", str(state), "--policy-pack", str(PACK))
    assert done.returncode != 0
    assert ("s3-no-public-acl", "open", "mandatory") in engine_findings(done.stdout), done.stdout + done.stderr
