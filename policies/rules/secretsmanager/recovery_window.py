"""A secret deleted without a window is gone at once, with all that it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount
from .._where import HERE, PROD, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


DEFAULT_DAYS: Final = 30  # AWS's own, where nothing is set


@rule(
    id="secretsmanager-recovery-window",
    title="A deleted secret can be had back",
    applies_to="aws:secretsmanager/secret:Secret",
    severity=Severity.MEDIUM,
    fix="Set recovery_window_in_days to 30, or leave it out.",
    frameworks=("NIST 800-53:CP-9",),
    unique=True,
    parameters={"stacks": PROD, "least_days": Parameter(7, "The shortest window.")},
    ok=(
        {},
        {"recoveryWindowInDays": 0},
        Of({"recoveryWindowInDays": 7}, config=HERE),
        Of({}, config=HERE | {"least_days": 30}),
    ),
    bad=(
        Of({"recoveryWindowInDays": 0}, config=HERE),
        Of({"recoveryWindowInDays": "7"}, config=HERE | {"least_days": 30}),
    ),
)
def recovery_window(secret: Resource) -> Iterator[str]:
    if not asked_here(secret):
        return
    days = amount(secret.known("recoveryWindowInDays"))
    kept = DEFAULT_DAYS if days is None else days
    if kept < secret.config["least_days"]:
        yield f"the secret is gone {kept:.0f} days after it is deleted"
