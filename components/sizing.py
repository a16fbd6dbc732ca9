"""How large each environment is, between the defaults of the sections and what a stack file says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCTION: Final = "prod"
STAGING: Final = "staging"
LOCAL: Final = "local"
_PREVIEW: Final = "dev"  # whatever has no size of its own: dev itself, and previews like pr-123

_DEV: Final[Mapping[str, object]] = {
    "resources": {
        "lambda": {"memory_mb": 512, "reserved_concurrency": 10},
        "logs": {"retention_days": 7},
        "backup": {"retention_days": 7},
    },
    "networking": {"zones": 2, "nat_count": 1},
    "api": {"throttle": 20, "burst": 40},
}
_STAGING: Final[Mapping[str, object]] = {
    "features": {"vpc": True, "waf": True, "multi_az": True, "trail": True},
    "resources": {
        "lambda": {"memory_mb": 1024, "reserved_concurrency": 50},
        "logs": {"retention_days": 14},
        "backup": {"retention_days": 14},
    },
    "networking": {"zones": 2, "nat_count": 2, "endpoints": "all"},
    "api": {"throttle": 50, "burst": 100},
    "monitoring": {"budget_usd": 500},
}
_PROD: Final[Mapping[str, object]] = {
    "features": {"vpc": True, "waf": True, "multi_az": True, "trail": True},
    "resources": {
        "lambda": {"memory_mb": 1024, "reserved_concurrency": 100, "provisioned_concurrency": 2},
        "logs": {"retention_days": 30},
        "backup": {"retention_days": 30, "copy_region": "auto"},
    },
    "networking": {"zones": 3, "nat_count": 3, "endpoints": "all"},
    "api": {"throttle": 200, "burst": 400},
    "monitoring": {
        "budget_usd": 2000,
        "thresholds": {"error_rate_percent": 1, "tokens_per_hour": 20_000_000, "cost_usd_per_day": 500},
    },
}
# The emulator has neither X-Ray nor what costs nothing to leave out where nothing is kept.
_LOCAL: Final[Mapping[str, object]] = {
    **_DEV,
    "features": {"tracing": False, "backup": False, "guardrail": False, "budget": False},
    "monitoring": {"dashboards": False},
}
SIZES: Final[Mapping[str, Mapping[str, object]]] = {
    "dev": _DEV,
    STAGING: _STAGING,
    PRODUCTION: _PROD,
    LOCAL: _LOCAL,
}


def size_name(environment: str) -> str:
    """The row of the table that an environment takes."""
    return environment if environment in SIZES else _PREVIEW


def size_of(environment: str) -> Mapping[str, object]:
    """Settings of that row, nested as in a stack file."""
    return SIZES[size_name(environment)]
