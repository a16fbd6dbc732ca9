"""A bad configuration that is everywhere at once leaves nothing to compare with, and no time to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

STRATEGY: Final = "aws:appconfig/deploymentStrategy:DeploymentStrategy"
DEPLOYMENT: Final = "aws:appconfig/deployment:Deployment"
SLOW: Final = {"deploymentDurationInMinutes": 20, "growthFactor": 10, "finalBakeTimeInMinutes": 10}
PROD: Final = {"least_minutes": 10}


@rule(
    id="appconfig-rollout-gradual",
    title="Configurations are rolled out in steps, and watched",
    applies_to=(STRATEGY, DEPLOYMENT),
    severity=Severity.MEDIUM,
    fix="Set deployment_duration_in_minutes, a growth_factor below 100 and final_bake_time_in_minutes.",
    parameters={"least_minutes": Parameter(0, "Shortest rollout, and shortest watch after it; 0 asks for neither.")},
    ok=(
        {"deploymentDurationInMinutes": 0, "growthFactor": 100},
        Of(SLOW, STRATEGY, PROD),
        Of({"deploymentStrategyId": "AppConfig.Linear50PercentEvery30Seconds"}, DEPLOYMENT),
    ),
    bad=(
        Of({"deploymentDurationInMinutes": 0, "growthFactor": 100}, STRATEGY, PROD),
        Of(SLOW | {"growthFactor": 100}, STRATEGY, PROD),
        Of(SLOW | {"finalBakeTimeInMinutes": 0}, STRATEGY, PROD),
        Of({"deploymentStrategyId": "AppConfig.AllAtOnce"}, DEPLOYMENT, PROD),
    ),
)
def rollout_gradual(resource: Resource) -> Iterator[str]:
    least = int(resource.config["least_minutes"])
    if not least:
        return
    if resource.type == DEPLOYMENT:
        if resource.text("deploymentStrategyId") == "AppConfig.AllAtOnce":
            yield "deploymentStrategyId is AppConfig.AllAtOnce"
        return
    for key in ("deploymentDurationInMinutes", "finalBakeTimeInMinutes"):
        if resource.number(key) < least:
            yield f"{key} is {resource.number(key):g}, at least {least} are asked for"
    if resource.number("growthFactor") >= 100:  # noqa: PLR2004 - per cent
        yield "growthFactor is 100: everything in the first step"
