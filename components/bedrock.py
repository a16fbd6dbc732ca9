"""Which Bedrock model may be called from where, read from its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

OFFLINE: Final = "offline"  # not Bedrock's: the deterministic model that needs no account
_GLOBAL: Final = "global"

# First word of a cross-region inference profile -> how the regions begin that it may be called from.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
GEOGRAPHIES: Final[Mapping[str, tuple[str, ...]]] = {
    "us-gov": ("us-gov-",),
    "us": ("us-east-", "us-west-", "ca-"),
    "eu": ("eu-",),
    "apac": ("ap-",),
    "jp": ("ap-northeast-",),
    "au": ("ap-southeast-",),
}


def profile_geography(model: str) -> str | None:
    """The geography of a cross-region inference profile (`us`, `eu`, `global`); None for a model of one region."""
    first = model.partition(".")[0]
    return first if first == _GLOBAL or first in GEOGRAPHIES else None


def callable_from(model: str, region: str) -> bool:
    """Whether a model's id, as far as it says, may be called from a region."""
    return region.startswith(GEOGRAPHIES.get(model.partition(".")[0], ""))


def geography_of(region: str) -> str:
    """The geography whose inference profiles a region may call."""
    return next((name for name, starts in GEOGRAPHIES.items() if region.startswith(starts)), _GLOBAL)
