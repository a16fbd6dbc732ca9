"""What AWS does not have everywhere is left out and said, or the stack is refused: compared with AWS's own data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import botocore
import pytest

from components.arns import partition_of
from components.capabilities import (
    BACKUP_PAIRS,
    GUARDRAIL_REGIONS,
    OPT_IN,
    has_arm,
    impossible,
    missing,
    zones_of,
)
from components.naming import REGION
from components.sections import Features
from components.settings import Settings, load

# What a stack of ours cannot do without, as AWS's endpoints are called.
NEEDED = ("apigateway", "athena", "cognito-idp", "dynamodb", "glue", "kms", "lambda", "scheduler", "secretsmanager")
PARTITIONS = ("aws", "aws-us-gov", "aws-cn", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")


@cache
def endpoints() -> dict[str, dict[str, dict[str, object]]]:
    """Partition -> service -> region, as the SDK ships it."""
    file = Path(botocore.__file__).parent / "data" / "endpoints.json"
    return {
        one["partition"]: {
            "regions": one["regions"],
            **{name: service["endpoints"] for name, service in one["services"].items()},
        }
        for one in json.loads(file.read_text())["partitions"]
    }


REGIONS = [(partition, region) for partition in PARTITIONS for region in sorted(endpoints()[partition]["regions"])]


def settings(region: str, model: str, stack: str = "prod", **sections: dict[str, object]) -> Settings:
    mapping: dict[str, dict[str, object]] = {
        "quartermaster:environment": {"region": region},
        "quartermaster:project": {"owner": "o", "cost_center": "c"},
        "quartermaster:runtime": {"model": model},
        **{f"quartermaster:{name}": keys for name, keys in sections.items()},
    }
    return load(stack, mapping, f"Pulumi.{stack}.yaml")


@pytest.mark.parametrize(("partition", "region"), REGIONS)
def test_a_region_is_refused_when_a_service_that_we_need_is_not_there(partition: str, region: str) -> None:
    """And no other is: AWS's own list of endpoints says which."""
    lacking = [service for service in NEEDED if region not in endpoints()[partition].get(service, {})]
    assert bool(impossible(region)) == bool(lacking), lacking
    assert not impossible(region) or "cognito-idp" in lacking


@pytest.mark.parametrize(("partition", "region"), [one for one in REGIONS if not impossible(one[1])])
def test_budgets_are_left_out_where_they_have_no_endpoint(partition: str, region: str) -> None:
    """In GovCloud the bill is the commercial account's."""
    assert bool(missing("budget", region)) == ("budgets" not in endpoints()[partition])


@pytest.mark.parametrize(("partition", "region"), [one for one in REGIONS if not impossible(one[1])])
def test_what_is_never_left_out_is_there(partition: str, region: str) -> None:
    """Firewall, traces, backups and trails exist in every region that a stack can be in."""
    for feature, service in {"waf": "wafv2", "tracing": "xray", "backup": "backup", "trail": "cloudtrail"}.items():
        assert region in endpoints()[partition][service]
        assert not missing(feature, region)


def test_regions_of_our_tables_exist() -> None:
    """Both ends of a pair have a vault, in one partition; guardrails are where Bedrock is."""
    there = {region: partition for partition, region in REGIONS}
    for region, other in BACKUP_PAIRS.items():
        assert region != other
        assert there[region] == there[other] == partition_of(region)
        assert other in endpoints()[there[other]]["backup"]
        # A copy does not leave the part of the world that the first word of a region names.
        assert region.split("-")[0] == other.split("-")[0]
    for region in GUARDRAIL_REGIONS:
        assert region in endpoints()[there[region]]["bedrock"]
    assert set(BACKUP_PAIRS) >= OPT_IN


def test_govcloud_plans_without_a_budget_and_says_so() -> None:
    """The rest of production is there, the guardrail too, and a copy stays in the partition."""
    there = settings("us-gov-west-1", "us-gov.anthropic.claude-x")
    assert there.left_out == {"budget": "AWS Budgets runs in the commercial account that GovCloud bills to"}
    assert not there.has("budget")
    assert there.features.budget
    assert there.has("guardrail")
    assert there.copy_region == "us-gov-east-1"
    assert has_arm("us-gov-west-1")


def test_a_feature_that_is_off_is_not_left_out() -> None:
    """Nobody is told that what he did not ask for is not there."""
    there = settings("us-gov-west-1", "us-gov.anthropic.claude-x", features={"budget": False})
    assert there.left_out == {}


def test_guardrails_are_left_out_where_bedrock_has_none() -> None:
    """A region with models and without guardrails."""
    there = settings("ap-southeast-4", "au.anthropic.claude-x", stack="dev")
    assert there.left_out == {"guardrail": "Bedrock guardrails are not there"}


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-southeast-2"])
def test_the_usual_regions_lack_nothing(region: str) -> None:
    """Every feature is there, with three zones."""
    assert [feature for feature in Features.model_fields if missing(feature, region)] == []
    assert zones_of(region) == 3


def test_asking_for_a_feature_that_does_not_exist_is_a_mistake() -> None:
    """A misspelt name would otherwise be a part that is never made."""
    with pytest.raises(AttributeError):
        settings("us-east-1", "us.anthropic.claude-x").has("budgets")


def test_every_region_of_the_sdk_is_a_region_to_us() -> None:
    """Or a stack there would be refused for the spelling."""
    import re

    assert [region for _, region in REGIONS if not re.fullmatch(REGION, region)] == []
