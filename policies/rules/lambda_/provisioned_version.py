"""Provisioned concurrency of $LATEST is refused, and of a number it stays with the old code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-provisioned-version",
    title="Provisioned concurrency belongs to an alias",
    applies_to="aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    severity=Severity.MEDIUM,
    fix="Set qualifier to the alias that callers name.",
    unique=True,
    ok=({"qualifier": "live"},),
    bad=({"qualifier": "$LATEST"}, {"qualifier": "12"}, {}),
)
def provisioned_version(config: Resource) -> Iterator[str]:
    qualifier = config.text("qualifier")
    if qualifier in ("", "$LATEST") or qualifier.isdecimal():
        yield f"qualifier is {qualifier or 'not set'}"
