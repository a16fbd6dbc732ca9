"""Which model may be called from where, and where it may process what it is sent."""

from __future__ import annotations

import pytest

from components.bedrock import GEOGRAPHIES, callable_from, geography_of, profile_geography, regions_of


@pytest.mark.parametrize(
    ("model", "region", "may"),
    [
        ("us.anthropic.claude-x", "us-east-1", True),
        ("us.anthropic.claude-x", "ca-central-1", True),
        ("us.anthropic.claude-x", "us-gov-west-1", False),
        ("us-gov.anthropic.claude-x", "us-gov-west-1", True),
        ("us-gov.anthropic.claude-x", "us-west-2", False),
        ("ca.amazon.nova-x", "ca-central-1", True),
        ("ca.amazon.nova-x", "us-east-1", False),
        ("eu.anthropic.claude-x", "eu-central-1", True),
        ("eu.anthropic.claude-x", "us-east-1", False),
        ("apac.anthropic.claude-x", "ap-southeast-2", True),
        ("au.anthropic.claude-x", "ap-southeast-2", True),
        ("au.anthropic.claude-x", "ap-southeast-1", False),
        ("jp.anthropic.claude-x", "ap-northeast-1", True),
        ("jp.anthropic.claude-x", "ap-northeast-2", False),
        ("global.anthropic.claude-x", "sa-east-1", True),
        ("global.anthropic.claude-x", "us-gov-west-1", False),
        ("anthropic.claude-x", "eu-west-2", True),
        ("offline", "us-east-1", True),
    ],
)
def test_a_profile_is_called_from_its_own_geography(model: str, region: str, *, may: bool) -> None:
    """The first word of an inference profile says from where; a model of one region says nothing."""
    assert callable_from(model, region) == may


@pytest.mark.parametrize(
    ("region", "geography"),
    [
        ("us-gov-east-1", "us-gov"),
        ("us-west-1", "us"),
        ("eu-north-1", "eu"),
        ("ap-south-1", "apac"),
        ("sa-east-1", "global"),
    ],
)
def test_advice_names_a_geography_that_may_be_called(region: str, geography: str) -> None:
    """What a message tells to write is right."""
    assert geography_of(region) == geography
    assert callable_from(f"{geography}.anthropic.claude-x", region)


@pytest.mark.parametrize("geography", GEOGRAPHIES)
def test_a_profile_processes_in_its_geography_and_where_it_is_called(geography: str) -> None:
    """Residency is judged by the widest that any model's profile goes, never by less."""
    (start, *_) = GEOGRAPHIES[geography]
    called = f"{start}x-9" if start.endswith("-") else start
    regions = regions_of(f"{geography}.anthropic.claude-x", called)
    assert called in regions
    assert all(region.startswith(GEOGRAPHIES[geography]) for region in regions)
    assert len(regions) > 1


def test_a_model_of_one_region_stays_there() -> None:
    """Only profiles send requests elsewhere; a global one anywhere."""
    assert regions_of("anthropic.claude-x", "eu-west-1") == {"eu-west-1"}
    assert profile_geography("anthropic.claude-x") is None
    assert "any commercial region" in regions_of("global.anthropic.claude-x", "eu-west-1")
