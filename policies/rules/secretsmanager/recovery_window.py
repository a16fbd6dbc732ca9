"""A secret deleted without a window is gone at once, with all that it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


DEFAULT_DAYS: Final = 30  # AWS's own, where nothing is set


@rule(
    id="secretsmanager-recovery-window",
    title="A deleted secret can be had back",
    applies_to="aws:secretsmanager/secret:Secret",
    severity=Severity.MEDIUM,
    fix="Set recovery_window_in_days to 30 in production, 7 at least elsewhere.",
    frameworks=("NIST 800-53:CP-9",),
    unique=True,
    parameters={"least_days": Parameter(0, "The shortest window; 0 lets a stack for tests delete at once.")},
    ok=(
        {},
        {"recoveryWindowInDays": 0},
        Of({"recoveryWindowInDays": 7}, config={"least_days": 7}),
        Of({}, config={"least_days": 30}),
    ),
    bad=(
        Of({"recoveryWindowInDays": 0}, config={"least_days": 7}),
        Of({"recoveryWindowInDays": "7"}, config={"least_days": 30}),
    ),
)
def recovery_window(secret: Resource) -> Iterator[str]:
    days = amount(secret.known("recoveryWindowInDays"))
    kept = DEFAULT_DAYS if days is None else days
    if kept < secret.config["least_days"]:
        yield f"the secret is gone {kept:.0f} days after it is deleted"
