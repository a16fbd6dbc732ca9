"""Provisioned concurrency is billed day and night; a stack that nobody waits for has no use for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._where import HERE, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

CONFIG: Final = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
TWO: Final = {"provisionedConcurrentExecutions": 2, "qualifier": "live"}


@rule(
    id="cost-provisioned-in-production",
    title="Provisioned concurrency is for production",
    applies_to=CONFIG,
    severity=Severity.MEDIUM,
    fix="Set the provisioned concurrency of this stack to 0.",
    unique=True,
    parameters={
        "stacks": Parameter(("prod",), "Stacks that may have it, as patterns of their names."),
        "most": Parameter(20, "Most that one function may have."),
    },
    ok=(Of(TWO, CONFIG, HERE),),
    bad=(TWO, Of(TWO | {"provisionedConcurrentExecutions": 50}, CONFIG, HERE | {"most": 49})),
)
def provisioned_in_production(config: Resource) -> Iterator[str]:
    if not asked_here(config):
        yield f"the stack {config.stack} has none to pay for"
    asked, most = config.number("provisionedConcurrentExecutions"), int(config.config["most"])
    if asked > most:
        yield f"provisionedConcurrentExecutions is {asked:g}, at most {most} are asked for"
