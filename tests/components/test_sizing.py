"""The sizing table: what the environments of the issue are sized like, and that every row is a right file."""

from __future__ import annotations

import pytest

from components.origins import leaves
from components.sections import SECTIONS
from components.settings import Settings, defaults, load
from components.sizing import SIZES, size_name, size_of

NAMES = ("dev", "staging", "prod", "local", "pr-123", "pr-1", "demo", "feature-x")
KNOWN = {f"{name}.{key}" for name, model in SECTIONS.items() for key, _ in leaves(defaults(model))}


def sized(name: str, quota: int = 1000) -> Settings:
    local = name == "local"
    return load(
        name,
        {
            "quartermaster:environment": {"region": "us-east-1", **({"account": "000000000000"} if local else {})},
            "quartermaster:project": {"owner": "o", "cost_center": "c"},
            "quartermaster:runtime": {"model": "offline" if local else "us.anthropic.claude-x"},
            "quartermaster:resources": {"lambda": {"concurrency_quota": quota}},
        },
        f"Pulumi.{name}.yaml",
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_environment_loads_with_what_it_must_say_only(name: str) -> None:
    """No row of the table contradicts itself, the defaults or AWS, with the quota stated and without."""
    assert sized(name).environment.name == name
    assert sized(name, 0).reserved_concurrency is None


@pytest.mark.parametrize("row", SIZES)
def test_a_row_sizes_settings_that_exist(row: str) -> None:
    """A misspelt key would be refused in every file of that environment; here it has its name."""
    assert {key for key, _ in leaves(SIZES[row])} <= KNOWN


@pytest.mark.parametrize(
    ("name", "memory_mb", "reserved", "days", "nat"),
    [("dev", 512, 10, 7, 1), ("staging", 1024, 50, 14, 2), ("prod", 1024, 100, 30, 3), ("pr-123", 512, 10, 7, 1)],
)
def test_environments_grow_from_dev_to_prod(name: str, memory_mb: int, reserved: int, days: int, nat: int) -> None:
    """Memory, concurrency, days of logs and backups, and NAT gateways."""
    settings = sized(name)
    resources = settings.resources
    assert resources.lambda_.memory_mb == memory_mb
    assert settings.reserved_concurrency == reserved
    assert (resources.logs.retention_days, resources.backup.retention_days) == (days, days)
    assert settings.networking.nat_count == nat


def test_concurrency_is_unset_unless_the_quota_is_stated() -> None:
    """A new account may have less than the table sets aside, and a deployment would fail."""
    unknown, stated = sized("prod", 0), sized("prod", 1000)
    assert (unknown.reserved_concurrency, unknown.provisioned_concurrency) == (None, None)
    assert (stated.reserved_concurrency, stated.provisioned_concurrency) == (100, 2)


def test_what_has_no_row_is_sized_like_dev() -> None:
    """Preview environments, whatever they are called."""
    assert size_name("pr-123") == "dev"
    assert size_of("pr-123") is SIZES["dev"]


def test_production_has_what_costs_and_dev_has_not() -> None:
    """Network, firewall, trail and copies of backups are production's; dev stays cheap."""
    prod, dev = sized("prod"), sized("dev")
    for feature in ("vpc", "waf", "multi_az", "trail", "backup"):
        assert prod.has(feature)
    assert [feature for feature in ("vpc", "waf", "multi_az", "trail") if dev.has(feature)] == []
    assert (prod.copy_region, dev.copy_region) == ("us-west-2", None)
    assert (prod.provisioned_concurrency, dev.provisioned_concurrency) == (2, None)
