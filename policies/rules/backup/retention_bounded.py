"""A backup that goes too early misses the mistake that is seen late; one that stays for ever keeps what must go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._backups import PLAN
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _rules(*days: int | None) -> dict[str, object]:
    return {"rules": [{"ruleName": f"r{n}", "lifecycle": {"deleteAfter": one}} for n, one in enumerate(days)]}


NONE: Final = {"rules": [{"ruleName": "daily"}]}


@rule(
    id="backup-retention-bounded",
    title="Backups are kept as long as is asked for, and no longer",
    applies_to=PLAN,
    severity=Severity.MEDIUM,
    fix="Set delete_after of the rule's lifecycle, and of its copy actions.",
    frameworks=("NIST 800-53:CP-9", "NIST 800-53:SI-12"),
    parameters={
        "least_days": Parameter(7, "Shortest retention that is allowed, in days."),
        "most_days": Parameter(3_650, "Longest retention that is allowed, in days."),
    },
    ok=(
        _rules(7, 35),
        Of(_rules(30), config={"least_days": 30, "most_days": 30}),
        {"rules": [{"lifecycle": {"deleteAfter": 7}, "copyActions": [{"lifecycle": {"deleteAfter": 7}}]}]},
    ),
    bad=(
        NONE,
        _rules(35, 1),
        Of(_rules(7), config={"least_days": 30}),
        Of(_rules(400), config={"most_days": 365}),
        {"rules": [{"lifecycle": {"deleteAfter": 7}, "copyActions": [{"destinationVaultArn": "a"}]}]},
    ),
)
def retention_bounded(plan: Resource) -> Iterator[str]:
    least, most = int(plan.config["least_days"]), int(plan.config["most_days"])
    for path in plan.each("rules"):
        for place in (path, *plan.each(f"{path}.copyActions")):
            days = plan.number(f"{place}.lifecycle.deleteAfter")
            if days == 0:
                yield f"{place} has no deleteAfter, so that its backups stay for ever"
            elif not least <= days <= most:
                yield f"{place} keeps backups {days:g} days, {least} to {most} are asked for"
