"""What AWS does not have everywhere, and so is left out of a stack there. What is left out is said, never hidden.

Checked on 2026-11-21 against the services' endpoint and partition pages; China's and the secret partitions have
neither Bedrock's guardrails nor its inference profiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .arns import partition_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# Feature -> partition -> why it is not there.
_MISSING: Final[Mapping[str, Mapping[str, str]]] = {
    "budget": {
        "aws-us-gov": "AWS Budgets runs in the commercial account that GovCloud bills to",
        "aws-cn": "AWS Budgets has no notifications by e-mail there",
        "aws-iso": "AWS Budgets is not there",
        "aws-iso-b": "AWS Budgets is not there",
    },
    "guardrail": {
        "aws-cn": "Bedrock is not there",
        "aws-iso": "Bedrock guardrails are not there",
        "aws-iso-b": "Bedrock guardrails are not there",
    },
}

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
    "cn-north-1": "cn-northwest-1",
    "cn-northwest-1": "cn-north-1",
}

# Regions whose zones are fewer than three.
_ZONES: Final[Mapping[str, int]] = {"us-west-1": 2}
_USUAL_ZONES: Final = 3
# Lambda's arm64 is not in the secret partitions.
_NO_ARM: Final = frozenset({"aws-iso", "aws-iso-b"})


def missing(feature: str, region: str) -> str:
    """Why a feature is left out in a region; empty when it is there."""
    return _MISSING.get(feature, {}).get(partition_of(region), "")


def zones_of(region: str) -> int:
    """How many availability zones an account can count on."""
    return _ZONES.get(region, _USUAL_ZONES)


def has_arm(region: str) -> bool:
    """Whether Lambda runs on arm64 there."""
    return partition_of(region) not in _NO_ARM
