"""A backup beside its original is lost with it when the region is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._backups import PLAN
from .._rule import Of, Severity, rule
from .._where import HERE, PROD, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

REGION: Final = 3  # arn:partition:service:region:account:resource
EAST: Final = {"region": "us-east-1"}


def _plan(*regions: str) -> dict[str, object]:
    arns = [f"arn:aws:backup:{one}:000000000000:backup-vault:daily" for one in regions]
    return {"rules": [{"ruleName": "daily", "copyActions": [{"destinationVaultArn": one} for one in arns]}]}


@rule(
    id="backup-copied-elsewhere",
    title="Backups are copied to another region",
    applies_to=PLAN,
    severity=Severity.MEDIUM,
    fix="Add a copy action to a vault in another region.",
    unique=True,
    frameworks=("NIST 800-53:CP-6", "NIST 800-53:CP-9"),
    parameters={"stacks": PROD},
    ok=(
        Of(_plan("us-west-2"), PLAN, HERE, EAST),
        Of(_plan("us-east-1", "us-west-2"), PLAN, HERE, EAST),
        _plan(),
    ),
    bad=(Of(_plan(), PLAN, HERE, EAST), Of(_plan("us-east-1"), PLAN, HERE, EAST), Of({"rules": []}, PLAN, HERE, EAST)),
)
def copied_elsewhere(plan: Resource) -> Iterator[str]:
    if not asked_here(plan):
        return
    own = str(plan.provider["region"]) if "region" in list(plan.provider) else ""
    regions = set()
    for path in plan.each("rules"):
        for copy in plan.each(f"{path}.copyActions"):
            regions.add(_region(plan.text(f"{copy}.destinationVaultArn")))
    if not regions - {own, ""}:
        yield "no copy action leads to another region"


def _region(arn: str) -> str:
    parts = arn.split(":")
    return parts[REGION] if len(parts) > REGION else ""
