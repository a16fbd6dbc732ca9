"""A usage plan without limits counts what an API key uses, and stops nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="api-usage-plan-limits",
    title="Usage plans limit what a key may use",
    applies_to="aws:apigateway/usagePlan:UsagePlan",
    severity=Severity.LOW,
    fix="Set throttle_settings, and quota_settings where the environment asks for a quota.",
    frameworks=("NIST 800-53:SC-5",),
    parameters={"quota": Parameter(default=False, description="Whether plans must have a quota of requests too.")},
    ok=(
        {"throttleSettings": {"rateLimit": 20, "burstLimit": 40}},
        Of(
            {"throttleSettings": {"rateLimit": 20, "burstLimit": 40}, "quotaSettings": {"limit": 9, "period": "DAY"}},
            config={"quota": True},
        ),
    ),
    bad=(
        {},
        {"throttleSettings": {"rateLimit": 20}},
        Of({"throttleSettings": {"rateLimit": 20, "burstLimit": 40}}, config={"quota": True}),
    ),
)
def usage_plan_limits(plan: Resource) -> Iterator[str]:
    missing = [name for name in ("rateLimit", "burstLimit") if not plan.is_set(f"throttleSettings.{name}")]
    if missing:
        yield f"throttleSettings has no {' and no '.join(missing)}"
    if plan.config["quota"] and not plan.is_set("quotaSettings.limit"):
        yield "quotaSettings.limit is not set"
