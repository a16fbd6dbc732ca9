"""What settings say against each other, AWS or production is refused at load, with what to write instead."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
import yaml

from agents.data_schema import DATA_TABLES
from components.conflicts import _CHECKS, Given
from components.origins import merged, whole
from components.problems import SettingsError
from components.sections import SECTIONS, Features
from components.settings import given_keys, layers_of, load

if TYPE_CHECKING:
    from components.sections import Section

ROOT = Path(__file__).parents[2]
Edits: TypeAlias = dict[str, dict[str, object]]
Case: TypeAlias = tuple[str, Edits, dict[str, str]]  # stack, edits, key -> what is said of it

KEY = "arn:aws:kms:us-east-1:111122223333:key/k"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/c"
TABLES: dict[str, object] = {table.name: {"table": table.name} for table in DATA_TABLES}
LAKE: dict[str, object] = {"database": "erp", "locations": ["s3://acme-lake/erp/"], "tables": TABLES}
GOV: Edits = {"environment": {"region": "us-gov-west-1"}, "runtime": {"model": "us-gov.anthropic.claude-x"}}


def lambda_(**keys: object) -> Edits:
    return {"resources": {"lambda": keys}}


def network(**keys: object) -> Edits:
    return {"features": {"vpc": True}, "networking": keys}


# What the issue calls bad input, all of which can stand in one file for prod.
BAD_INPUT: Edits = {
    "project": {"prefix": "myaws"},
    "environment": {"region": "us-iso-east-1"},
    "features": {"api": False, "multi_az": False, "backup": False},
    "networking": {"cidr": "10.0.0.0/28", "taken": ["10.0.0.0/8"], "zones": 2},
    **lambda_(concurrency_quota=150),
}
BAD_INPUT_SAID = {
    "project.prefix": "myaws makes a sign-in-domain name with the word aws, which AWS refuses; for example",
    "environment.region": "us-iso-east-1 cannot be deployed to: there are no Cognito user pools",
    "resources.lambda.architecture": "arm64 with packaging lambda does not run in us-iso-east-1; write x86_64",
    "resources.lambda.reserved_concurrency": "100 for each of 3 functions is above the quota of 150",
    "features.multi_az": "false is not for production; write true",
    "features.backup": "false is not for production; write true",
    "networking.cidr": "10.0.0.0/28 is too small for a VPC with a private and a public subnet in each zone; write",
    "networking.nat_count": "3 is above the number of zones; write 2 or less",
    "features.waf": "there is no API for the firewall to stand before; write false, or features.api: true",
}

FILED: list[Case] = [
    (one["stack"], one["file"], one["said"])
    for cases in yaml.safe_load((Path(__file__).parent / "conflicts.yaml").read_text()).values()
    for one in cases
]
INSIDE = (
    "169.254.169.254",
    "127.0.0.1",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "10.0.0.8",
    "localhost",
    "metadata.google.internal",
    "printer.local",
    "a..b",
)
CONTENT: list[Case] = [
    (
        "prod",
        {"data": {"residency": ["us-east-1"]}},
        {
            "resources.backup.copy_region": "us-west-2 would hold a copy of the data; data.residency allows us-east-1",
            "runtime.model": "may process in us-east-2, us-west-2; data.residency allows us-east-1; write a model of",
        },
    ),
    (
        "dev",
        {"data": {"residency": ["eu-west-1"]}, "runtime": {"model": "anthropic.claude-x"}},
        {"environment.region": "us-east-1 is not where data may be; data.residency allows eu-west-1; write one"},
    ),
    ("dev", {"data": {"source": LAKE}}, {"data.source.database": "is for an existing lake; write data.create: false"}),
    (
        "dev",
        {"data": {"create": False}},
        {
            "data.source.database": "is missing; write the name of the lake's Glue database",
            "data.source.locations": "is empty; write where",
            "data.source.tables": "has nothing for product, warehouse,",
        },
    ),
    (
        "dev",
        {"data": {"create": False, "database": "erp", "source": LAKE}},
        {"data.source.database": "erp is the database of our own views; write the lake's, or rename ours"},
    ),
    (
        "dev",
        {"data": {"create": False, "source": {**LAKE, "database": "qm_lake_dev"}}},
        {"data.source.database": "qm_lake_dev is the database of our own views; write the lake's, or rename ours"},
    ),
    (
        "dev",
        {
            "data": {
                "create": False,
                "source": {
                    "database": "erp",
                    "locations": ["s3://acme-lake/*/"],
                    "tables": {
                        **TABLES,
                        "products": {"table": "x"},
                        "product": {"table": "x", "columns": {"nam": "label"}},
                    },
                },
            }
        },
        {
            "data.source.locations.0": "s3://acme-lake/*/ is no place that can be granted; write s3://bucket/prefix/",
            "data.source.tables.products": "is not a table of ours; did you mean product?",
            "data.source.tables.product.columns.nam": "is not a column of ours; did you mean name?",
        },
    ),
    ("prod", {"data": {"as_of": "2026-06-30"}}, {"data.as_of": "2026-06-30 would be today for ever"}),
    ("dev", {"agents": {"secrets": ["a", "aws_key"]}}, {"agents.secrets.1": "reads like AWS's own credentials"}),
    ("dev", {"agents": {"secrets": ["a", "a"]}}, {"agents.secrets": "names a twice; write it once"}),
    ("dev", {"agents": {"outbound_urls": ["https://a.b"] * 2}}, {"agents.outbound_urls": "names https://a.b twice"}),
    (
        "dev",
        {"monitoring": {"alarm_emails": ["a@b.example", "A@b.example"]}},
        {"monitoring.alarm_emails": "names a@b.example twice; write it once"},
    ),
    (
        "dev",
        {"data": {"residency": ["us-east-1", "us-east-1"]}, "runtime": {"model": "anthropic.claude-x"}},
        {"data.residency": "names us-east-1 twice"},
    ),
]
CASES = [*FILED, *CONTENT, ("prod", BAD_INPUT, BAD_INPUT_SAID)]


def mapping_of(stack: str, edits: Edits) -> dict[str, object]:
    """The file of the stack, or of dev under the stack's name, with edits."""
    shipped = (ROOT / f"Pulumi.{stack}.yaml").exists()
    config: dict[str, object] = yaml.safe_load((ROOT / f"Pulumi.{stack if shipped else 'dev'}.yaml").read_text())[
        "config"
    ]
    named: Edits = {} if shipped else {"environment": {"name": stack}}
    return merged(config, {f"quartermaster:{name}": keys for name, keys in merged(named, edits).items()})


@pytest.mark.parametrize("host", INSIDE)
def test_a_url_of_the_network_or_the_machine_is_no_outbound_url(host: str) -> None:
    """Private ranges, metadata services and odd ways to write them; the public one beside it is left alone."""
    edits: Edits = {"agents": {"outbound_urls": ["https://api.example.com", f"https://{host}/x"]}}
    ((key, message),) = problems_of("dev", edits)
    assert key == "agents.outbound_urls.1"
    assert "is inside a network, or names a machine's own services; write a public host" in message


def problems_of(stack: str, edits: Edits) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as refused:
        load(stack, mapping_of(stack, edits), f"Pulumi.{stack}.yaml")
    return [(problem.key, problem.message) for problem in refused.value.problems]


@pytest.mark.parametrize(("stack", "edits", "said"), CASES)
def test_a_conflict_names_its_key_and_what_to_write(stack: str, edits: Edits, said: dict[str, str]) -> None:
    """Every key that is expected is told of in the words expected, and no other key is."""
    problems = problems_of(stack, edits)
    assert {key for key, _ in problems} == set(said), problems
    for key, words in said.items():
        assert [message for other, message in problems if other == key and words in message], problems
    # What to do stands after the semicolon.
    assert all(";" in message for _, message in problems)


@pytest.mark.parametrize("check", [check for check, _ in _CHECKS], ids=lambda check: check.__name__)
def test_every_check_is_seen_to_refuse(check: object) -> None:
    """A check without a case above could be switched off unnoticed."""
    kinds = next(kinds for one, kinds in _CHECKS if one is check)
    assert any(list(check(given, *(sections[kind] for kind in kinds))) for given, sections in map(_parsed, CASES))


def _parsed(case: Case) -> tuple[Given, dict[type[Section], Section]]:
    stack, edits, _ = case
    mapping = mapping_of(stack, edits)
    tree = whole(layers_of(stack, mapping, ""))
    sections = [model.model_validate(tree[name]) for name, model in SECTIONS.items()]
    return Given(stack=stack, keys=given_keys(mapping)), {type(section): section for section in sections}


@pytest.mark.parametrize(
    "edits",
    [
        {"features": {"waf": False, "api": False}},
        network(cidr="10.9.0.0/24", taken=["10.10.0.0/16"], nat_count=1, zones=3),
        network(vpc_id="vpc-0a1b2c3d", subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"], endpoints="all"),
        lambda_(concurrency_quota=1000, reserved_concurrency=300, provisioned_concurrency=300),
        lambda_(concurrency_quota=1000, reserved_concurrency=0, provisioned_concurrency=450),
        {"data": {"create": False, "source": LAKE}},
        {"data": {"residency": ["us-east-1"]}, "runtime": {"model": "anthropic.claude-x"}},
        {"api": {"domain": "a.example.com", "certificate": CERTIFICATE}},
        {"agents": {"outbound_urls": ["https://models.example.com:8443/v1", "https://8.8.8.8"], "secrets": ["a", "b"]}},
        {"tags": {"required": ["Team", "Owner"], "custom": {"Team": "a"}}},
        {"environment": {"account": "111122223333"}, "keys": {"existing": KEY}},
        {"resources": {"dynamodb": {"billing_mode": "provisioned", "read_capacity": 9}}},
        GOV,
    ],
)
def test_what_fits_together_is_not_refused(edits: Edits) -> None:
    """The neighbour of each conflict loads."""
    assert load("dev", mapping_of("dev", edits), "Pulumi.dev.yaml")


def test_a_plan_of_bad_input_says_all_of_it_at_once(tmp_path: Path) -> None:
    """The real program under the real command: exit 2, a line for each mistake, no trace."""
    for name in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": mapping_of("prod", BAD_INPUT)}))
    qm = shutil.which("qm", path=sysconfig.get_path("scripts"))
    assert qm
    command = [qm, "plan", "--stack", "prod", "--cwd", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    for key, words in BAD_INPUT_SAID.items():
        assert [line for line in done.stderr.splitlines() if f"quartermaster:{key}: " in line and words in line]
    assert "Traceback" not in done.stderr
    assert all(line.startswith("error: Pulumi.prod.yaml quartermaster:") for line in done.stderr.splitlines())


@pytest.mark.parametrize("section", ["agents", "data", "networking"])
def test_a_section_that_did_not_parse_hides_no_conflict_of_another(section: str) -> None:
    """Its own checks are left out; what is wrong elsewhere is said beside it."""
    keys = [key for key, _ in problems_of("dev", {section: {"zzz": 1}, "api": {"throttle": 50}})]
    assert keys == [f"{section}.zzz", "api.burst"]


SWITCHES = [name for name, field in Features.model_fields.items() if field.annotation is bool]
REFUSED_SWITCHES = {
    ("dev", "multi_az", True): {"features.multi_az"},  # of what, without a VPC
    ("staging", "api", False): {"features.waf"},
    ("prod", "api", False): {"features.waf"},
    ("prod", "multi_az", False): {"features.multi_az"},
    ("prod", "backup", False): {"features.backup"},
    ("prod", "vpc", False): {"features.vpc"},
}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
@pytest.mark.parametrize("feature", SWITCHES)
@pytest.mark.parametrize("value", [True, False])
def test_a_switch_is_free_but_for_these(stack: str, feature: str, *, value: bool) -> None:
    """Each part can be had or left out in each environment by its one key, apart from what is refused by name."""
    edits: Edits = {"features": {feature: value}}
    refused = REFUSED_SWITCHES.get((stack, feature, value), set())
    if refused:
        assert {key for key, _ in problems_of(stack, edits)} == refused
    else:
        assert getattr(load(stack, mapping_of(stack, edits), "Pulumi.x.yaml").features, feature) is value
