"""The stacks in other regions and accounts, and with each feature on or off: no code changes, nothing is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from components.capabilities import BACKUP_PAIRS
from components.sections import Features
from delivery.analysis import Servicer, analyse
from delivery.defects import defects
from delivery.plan import parameters
from delivery.recorder import record
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from delivery.recorder import Recording

ROOT = Path(__file__).parents[2]
MODELS = {
    "us-east-1": "us.anthropic.claude-x",
    "eu-central-1": "eu.anthropic.claude-x",
    "ap-southeast-2": "apac.anthropic.claude-x",
    "us-gov-west-1": "us-gov.anthropic.claude-x",
}
ACCOUNTS = ("111111111111", "222222222222")
STACKS = ("dev", "staging", "prod")
# Production may not do without these; what it does not have by itself can be added.
NEEDED_IN_PROD = {"multi_az", "backup", "vpc"}
# A switch that is refused alone, and what goes with it.
NEEDS: dict[tuple[str, bool], dict[str, object]] = {
    ("api", False): {"waf": False},
    ("multi_az", True): {"vpc": True},
    ("vpc", False): {"multi_az": False},
}
# The component that a switch makes, where it makes one.
COMPONENT = {
    "api": "api",
    "vpc": "network",
    "waf": "edge",
    "backup": "backup",
    "trail": "trail",
    "guardrail": "guardrail",
    "budget": "budget",
}


def is_there(recording: Recording, feature: str) -> bool:
    """Whether the stack has the part that a switch is about."""
    if feature == "tracing":
        functions = recording.of_type("aws:lambda/function:Function")
        return {str(one.values["tracingConfig"]) for one in functions} == {str({"mode": "Active"})}
    if feature == "multi_az":
        subnets = recording.of_type("aws:ec2/subnet:Subnet")
        return len({str(one.values["availabilityZone"]) for one in subnets}) > 1
    return COMPONENT[feature] in components(recording)


def components(recording: Recording) -> set[str]:
    return {one.name for one in recording.registrations if one.type.startswith("quartermaster:")}


def has_network(recording: Recording) -> bool:
    return COMPONENT["vpc"] in components(recording)


@cache
def as_it_is(stack: str) -> Recording:
    """The stack as its file says."""
    return recording_of(stack)


def recording_of(stack: str, **sections: Mapping[str, object]) -> Recording:
    """The stack with some keys of some sections set to other values."""
    given = read_stack(ROOT, stack)
    config = dict(given.config)
    for name, keys in sections.items():
        own = json.loads(config.get(f"quartermaster:{name}", "{}"))
        config[f"quartermaster:{name}"] = json.dumps({**own, **keys})
    return record(ROOT, replace(given, config=config))


def mistakes(recording: Recording) -> list[str]:
    """Mandatory findings, rules that could not judge, and defects, in words."""
    findings, skipped = analyse(recording, Servicer(parameters(recording.stack)))
    return [
        *(f"{one.rule} {one.urn}: {one.message}" for one in findings if one.blocks),
        *(f"{one.rule} {one.urn}: not evaluated" for one in skipped),
        *(one.message for one in defects(recording)),
    ]


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("region", MODELS)
def test_every_region_and_account_plans_clean(stack: str, region: str) -> None:
    """Another region or account changes names and ARNs, and nothing that a policy would refuse."""
    for account in ACCOUNTS:
        place = {"account": account, "region": region}
        recording = recording_of(stack, environment=place, runtime={"model": MODELS[region]})
        assert mistakes(recording) == []
        names = {one.name: one.values for one in recording.registrations}
        assert names["data-bucket"]["bucket"] == f"qm-data-{stack}-{account}-{region}"


@pytest.mark.parametrize("region", MODELS)
def test_arns_are_of_the_regions_partition(region: str) -> None:
    """Every ARN in every document and every input is of the stack's own partition, account and region."""
    partition = "aws-us-gov" if region.startswith("us-gov-") else "aws"
    place = {"account": ACCOUNTS[0], "region": region}
    recording = recording_of("prod", environment=place, runtime={"model": MODELS[region]})
    text = " ".join(json.dumps(one.values) for one in recording.registrations)
    arns = re.findall(r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*)", text)
    assert len(arns) > 100
    assert {found for found, _, _ in arns} == {partition}
    assert {place for _, service, place in arns if service != "bedrock"} <= {"", region, BACKUP_PAIRS[region]}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("feature", Features.model_fields)
def test_a_switch_can_be_thrown(stack: str, feature: str) -> None:
    """On the other side the part is there or gone, nothing goes or comes with it but what it needs, and all is clean.

    On its own side it is the stack as it is, which plans clean in every region.
    """
    usual = as_it_is(stack)
    value = not is_there(usual, feature)
    if stack == "prod" and feature in NEEDED_IN_PROD:
        return
    thrown = recording_of(stack, features={feature: value} | NEEDS.get((feature, value), {}))
    # The switch only asks for several zones; a VPC of ours has them by its size.
    assert is_there(thrown, feature) is (has_network(thrown) if feature == "multi_az" else value)
    asked = {COMPONENT.get(feature), *(COMPONENT.get(name) for needs in NEEDS.values() for name in needs)}
    assert components(usual) ^ components(thrown) <= asked
    assert mistakes(thrown) == []


def test_govcloud_says_what_it_does_without() -> None:
    """What the partition does not have is left out of the stack."""
    place = {"account": ACCOUNTS[0], "region": "us-gov-west-1"}
    recording = recording_of("prod", environment=place, runtime={"model": MODELS["us-gov-west-1"]})
    assert not recording.of_type("aws:budgets/budget:Budget")
    (warned,) = recording.warned
    assert warned.startswith("budget is left out: ")


def test_a_preview_environment_is_sized_like_dev() -> None:
    """A stack file for pr-123 is all that it takes; its names are its own."""
    given = read_stack(ROOT, "dev")
    environment = json.loads(given.config["quartermaster:environment"]) | {"name": "pr-123"}
    config = given.config | {"quartermaster:environment": json.dumps(environment)}
    recording = record(ROOT, replace(given, name="pr-123", config=config))
    assert mistakes(recording) == []
    dev = recording_of("dev")
    assert [one.name for one in recording.registrations[1:]] == [one.name for one in dev.registrations[1:]]
    tables = [one.values["name"] for one in recording.of_type("aws:dynamodb/table:Table")]
    assert tables == ["qm-audit-pr-123", "qm-configuration-pr-123", "qm-conversation-pr-123"]
