"""A stack file is read once: right, or refused whole with every mistake named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from components.problems import SettingsError
from components.sections import SECTIONS
from components.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
FILE = "Pulumi.dev.yaml"
STACKS = ("dev", "staging", "prod", "local")


def mapping_of(stack: str) -> dict[str, object]:
    config: dict[str, object] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def edited(stack: str, **sections: dict[str, object]) -> dict[str, object]:
    """The stack's own file with some keys of some sections set to other values."""
    mapping = mapping_of(stack)
    for name, keys in sections.items():
        section = mapping.setdefault(f"quartermaster:{name}", {})
        assert isinstance(section, dict)
        section.update(keys)
    return mapping


def problems_of(mapping: Mapping[str, object], stack: str = "dev", endpoint: str = "") -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(stack, mapping, f"Pulumi.{stack}.yaml", endpoint=endpoint)
    return [str(problem) for problem in refused.value.problems]


def only_problem_of(section: str, keys: dict[str, object], stack: str = "dev") -> str:
    (problem,) = problems_of(edited(stack, **{section: keys}), stack)
    return problem


@pytest.mark.parametrize("stack", STACKS)
def test_the_files_that_ship_are_right(stack: str) -> None:
    """Every stack file of the repository loads."""
    assert load(stack, mapping_of(stack), f"Pulumi.{stack}.yaml").environment.name == stack


@pytest.mark.parametrize(
    ("stack", "memory_mb", "retention_days"),
    [("dev", 512, 7), ("staging", 1024, 14), ("prod", 1024, 30)],
)
def test_stacks_are_sized(stack: str, memory_mb: int, retention_days: int) -> None:
    """Memory and retention grow from dev to prod."""
    resources = load(stack, mapping_of(stack), FILE).resources
    assert (resources.lambda_.memory_mb, resources.logs.retention_days) == (memory_mb, retention_days)


@pytest.mark.parametrize("stack", STACKS)
def test_a_resource_without_our_provider_fails(stack: str) -> None:
    """Default providers are off, so nothing can leak into an account that the provider does not allow."""
    assert mapping_of(stack)["pulumi:disable-default-providers"] == ["aws"]


def test_three_mistakes_are_shown_together() -> None:
    """Three mistakes in three sections are three lines, each with file, key and what to write."""
    mapping = edited(
        "dev",
        resources={"lambda": {"memory_mb": 64}},
        api={"brust": 40},
        environment={"region": "us-east"},
    )
    start = "Pulumi.dev.yaml quartermaster:"
    assert problems_of(mapping) == [
        f"{start}environment.region: us-east is not valid; write an AWS region, for example us-east-1",
        f"{start}resources.lambda.memory_mb: 64 is too small; write 128 to 10240",
        f"{start}api.brust: is not a setting; did you mean burst?",
    ]


def test_a_conflict_is_shown_beside_a_mistake() -> None:
    """What two keys say against each other is found though another section is wrong."""
    mapping = edited("dev", api={"throttle": 50, "burst": 10}, project={"owner": ""})
    assert [line.split(": ")[0].split(":")[-1] for line in problems_of(mapping)] == ["project.owner", "api.burst"]


def test_an_unknown_section_names_the_nearest() -> None:
    """A section that does not exist is refused with the one that was probably meant."""
    mapping = {**mapping_of("dev"), "quartermaster:resource": {}}
    assert problems_of(mapping) == ["Pulumi.dev.yaml quartermaster:resource: is not a section; did you mean resources?"]


def test_an_unknown_key_like_no_other_lists_those_there_are() -> None:
    """Without a near key, all known ones are named."""
    said = only_problem_of("keys", {"zzz": 1})
    assert said.endswith("keys.zzz: is not a setting; write one of existing")


@pytest.mark.parametrize(
    ("section", "keys", "said"),
    [
        ("environment", {"account": 123456789012}, "account: 123456789012 is not text; put it in quotes"),
        ("environment", {"name": "staging"}, "name: staging is not the name of the stack; write dev"),
        ("resources", {"lambda": {"timeout_s": 29}}, "timeout_s: 29 is too large; write 10 to 28"),
        ("resources", {"lambda": {"architecture": "arm"}}, "architecture: arm is not valid; write arm64 or x86_64"),
        ("resources", {"logs": {"retention_days": 8}}, "retention_days: 8 is not valid; write 1, 3, 5, 7"),
        ("resources", {"lambda": 512}, "lambda: 512 is not valid; write keys and values"),
        ("runtime", {"packaging": "zip"}, "packaging: zip is not valid; write lambda"),
        ("runtime", {"model": "offline"}, "model: offline is for the stack local"),
        ("runtime", {"endpoint": "http://127.0.0.1:4566"}, "endpoint: is for the stack local; remove it"),
        ("runtime", {"model": "eu.anthropic.claude-x"}, "cannot be called from us-east-1; write one of us. instead"),
        ("data", {"as_of": "2026-02-30"}, "as_of: 2026-02-30 is not valid; write a day"),
        ("project", {"prefix": "aws"}, "prefix: aws is not valid"),
        ("features", {"vpc": "yes"}, "features.vpc: yes is not valid; write true or false"),
        ("monitoring", {"budget_usd": 0}, "budget_usd: 0 is too small; write 1 to 10000000"),
        (
            "monitoring",
            {"alarm_emails": ["x"]},
            "alarm_emails.0: x is not valid; write an address, for example oncall@",
        ),
        ("monitoring", {"alarm_emails": "x"}, "alarm_emails: x is not valid; write a list, each an address, for exam"),
        ("agents", {"documents": "../etc"}, "documents: ../etc is not valid; write folder of base documents, inside"),
        ("agents", {"secrets": ["Key"]}, "secrets.0: Key is not valid; write lower-case letters, digits and _, for"),
        ("project", {"prefix": "ssmx"}, "prefix: ssmx is not valid; write first part of every physical name: 2 to 8"),
        ("data", {"source": {"tables": {"product": {"table": "a-b"}}}}, "tables.product.table: a-b is not valid"),
        ("tags", {"custom": {"aws:x": "y"}}, "tags.custom.aws:x: aws:x is not valid; write 1 to 128 letters"),
    ],
)
def test_a_wrong_value_says_what_to_write(section: str, keys: dict[str, object], said: str) -> None:
    """Each wrong value is one line that ends with what would be right."""
    assert said in only_problem_of(section, keys)


def test_a_missing_key_says_what_to_write() -> None:
    """A key without a default must be there, and an empty file names all of them."""
    lines = problems_of({})
    assert [line.split(":", 1)[1].split(": ")[0] for line in lines] == [
        "environment.region",
        "project.owner",
        "project.cost_center",
        "runtime.model",
    ]
    assert lines[0].endswith("is missing; write an AWS region, for example us-east-1")


def test_a_section_that_is_no_mapping_is_refused() -> None:
    """Plain text where a section belongs is one problem, not a trace."""
    mapping = {**mapping_of("dev"), "quartermaster:api": "fast"}
    assert problems_of(mapping) == ["Pulumi.dev.yaml quartermaster:api: fast is not valid; write keys and values"]


def test_keys_of_other_programs_are_left_alone() -> None:
    """`pulumi:` and `aws:` keys are the engine's and the provider's."""
    assert load("dev", {**mapping_of("dev"), "aws:region": "x"}, FILE)


def test_the_local_stack_cannot_reach_a_real_account() -> None:
    """The local stack is pinned to the emulator's account, which exists nowhere else."""
    assert 'write "000000000000"' in only_problem_of("environment", {"account": "auto"}, "local")
    assert load("local", mapping_of("local"), FILE).environment.pinned


def test_the_emulator_is_where_the_environment_says() -> None:
    """The address found in the environment goes before the file's, for the local stack only."""
    endpoint = "http://127.0.0.1:45001"
    assert load("local", mapping_of("local"), FILE, endpoint=f"{endpoint}/").runtime.endpoint == endpoint
    assert load("dev", mapping_of("dev"), FILE, endpoint=endpoint).runtime.endpoint != endpoint
    assert "https://example.com is not valid" in problems_of(mapping_of("local"), "local", "https://example.com")[0]


@pytest.mark.parametrize(
    ("stack", "local", "keep", "disposable"),
    [
        ("dev", False, False, True),
        ("staging", False, False, False),
        ("prod", False, True, False),
        ("local", True, False, True),
        ("pr-123", False, False, True),
    ],
)
def test_what_follows_from_the_environment(stack: str, *, local: bool, keep: bool, disposable: bool) -> None:
    """Production is kept; what is neither production nor staging may be thrown away, preview environments too."""
    file = stack if stack in STACKS else "dev"
    settings: Settings = load(stack, edited(file, environment={"name": stack}), FILE)
    assert (settings.local, settings.keep, settings.disposable) == (local, keep, disposable)


def test_every_section_is_a_field_of_the_settings() -> None:
    """The table of sections and the settings cannot drift apart."""
    assert set(SECTIONS) == set(Settings.__dataclass_fields__)
