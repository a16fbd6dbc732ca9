"""Which Bedrock model may be called from where, read from its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .arns import partition_of

if TYPE_CHECKING:
    from collections.abc import Mapping

OFFLINE: Final = "offline"  # not Bedrock's: the deterministic model that needs no account
_GLOBAL: Final = "global"
_COMMERCIAL: Final = "aws"

# First word of a cross-region inference profile -> how the regions begin that it may be called from.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
GEOGRAPHIES: Final[Mapping[str, tuple[str, ...]]] = {
    "us-gov": ("us-gov-",),
    "us": ("us-east-", "us-west-", "ca-"),
    "ca": ("ca-",),
    "eu": ("eu-",),
    "apac": ("ap-",),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4", "ap-southeast-6"),
}

# Where a profile of a geography may process a request, as far as any model's does; the calling region besides.
_PROCESSING: Final[Mapping[str, frozenset[str]]] = {
    "us-gov": frozenset({"us-gov-east-1", "us-gov-west-1"}),
    "us": frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    "ca": frozenset({"ca-central-1", "ca-west-1"}),
    "eu": frozenset({"eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"}),
    "apac": frozenset(
        {
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-4",
        }
    ),
    "jp": frozenset({"ap-northeast-1", "ap-northeast-3"}),
    "au": frozenset({"ap-southeast-2", "ap-southeast-4"}),
    _GLOBAL: frozenset({"any commercial region"}),
}


def profile_geography(model: str) -> str | None:
    """The geography of a cross-region inference profile (`us`, `eu`, `global`); None for a model of one region."""
    first = model.partition(".")[0]
    return first if first == _GLOBAL or first in GEOGRAPHIES else None


def callable_from(model: str, region: str) -> bool:
    """Whether a model's id, as far as it says, may be called from a region; `global` is of the commercial ones."""
    geography = profile_geography(model)
    if geography == _GLOBAL:
        return partition_of(region) == _COMMERCIAL
    return geography is None or region.startswith(GEOGRAPHIES[geography])


def geography_of(region: str) -> str:
    """The geography whose inference profiles a region may call."""
    return next((name for name, starts in GEOGRAPHIES.items() if region.startswith(starts)), _GLOBAL)


def regions_of(model: str, region: str) -> frozenset[str]:
    """Where a model called from `region` may process what it is sent."""
    geography = profile_geography(model)
    return frozenset({region}) | (frozenset() if geography is None else _PROCESSING[geography])
