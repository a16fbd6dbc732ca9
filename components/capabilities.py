"""What AWS does not have everywhere: a part that a region lacks is left out and said, a whole stack is refused.

Partitions are compared with the endpoints that AWS's own SDK ships (a test does it); guardrails follow
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-supported.html as of 2026-11-21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .arns import partition_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_POOLS: Final = "there are no Cognito user pools, so nobody could sign in"

# How regions are called in which no stack of ours can be, and why.
IMPOSSIBLE: Final[Mapping[str, str]] = {"cn-": _NO_POOLS, "-iso": _NO_POOLS}

# Feature -> partition -> why it is left out there.
MISSING: Final[Mapping[str, Mapping[str, str]]] = {
    "budget": {"aws-us-gov": "AWS Budgets runs in the commercial account that GovCloud bills to"},
}
_NO_GUARDRAIL: Final = "Bedrock guardrails are not there"
GUARDRAIL_REGIONS: Final = frozenset(
    {
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "us-gov-east-1",
        "us-gov-west-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
    }
)

# Where a second copy of the backups goes by itself: the other region of the same jurisdiction.
BACKUP_PAIRS: Final[Mapping[str, str]] = {
    "us-east-1": "us-west-2",
    "us-east-2": "us-west-2",
    "us-west-1": "us-west-2",
    "us-west-2": "us-east-1",
    "ca-central-1": "ca-west-1",
    "ca-west-1": "ca-central-1",
    "eu-central-1": "eu-west-1",
    "eu-west-1": "eu-central-1",
    "eu-west-3": "eu-central-1",
    "eu-north-1": "eu-central-1",
    "eu-south-1": "eu-central-1",
    "eu-south-2": "eu-central-1",
    "ap-southeast-2": "ap-southeast-4",
    "ap-southeast-4": "ap-southeast-2",
    "ap-northeast-1": "ap-northeast-3",
    "ap-northeast-3": "ap-northeast-1",
    "ap-south-1": "ap-south-2",
    "ap-south-2": "ap-south-1",
    "us-gov-west-1": "us-gov-east-1",
    "us-gov-east-1": "us-gov-west-1",
}
# Of those, the ones that an account has to be given first.
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
OPT_IN: Final = frozenset({"ap-south-2", "ap-southeast-4", "ca-west-1", "eu-south-1", "eu-south-2"})

# Regions whose zones are fewer than three.
ZONES: Final[Mapping[str, int]] = {"us-west-1": 2}
USUAL_ZONES: Final = 3
_NO_ARM: Final = "-iso"  # Lambda's arm64 is not in the secret regions


def impossible(region: str) -> str:
    """Why no stack can be in a region; empty when one can."""
    return next((why for part, why in IMPOSSIBLE.items() if part in region), "")


def missing(feature: str, region: str) -> str:
    """Why a feature is left out in a region; empty when it is there."""
    if feature == "guardrail" and region not in GUARDRAIL_REGIONS:
        return _NO_GUARDRAIL
    return MISSING.get(feature, {}).get(partition_of(region), "")


def zones_of(region: str) -> int:
    """How many availability zones an account can count on."""
    return ZONES.get(region, USUAL_ZONES)


def has_arm(region: str) -> bool:
    """Whether Lambda runs on arm64 there."""
    return _NO_ARM not in region
