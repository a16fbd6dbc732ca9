"""A rotation once a year leaves a copied secret good for a year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


RATE: Final = re.compile(r"rate\(\s*(\d+)\s+(day|hour)s?\s*\)")
HOURS: Final = {"day": 24, "hour": 1}


@rule(
    id="secretsmanager-rotation-period",
    title="Secrets are replaced often enough",
    applies_to="aws:secretsmanager/secretRotation:SecretRotation",
    severity=Severity.MEDIUM,
    fix="Set automatically_after_days to 30, 90 at most.",
    sources=(
        "FSBP:SecretsManager.4",
        "checkov:CKV_AWS_304",
        "prowler:secretsmanager_secret_rotated_periodically",
    ),
    frameworks=("NIST 800-53:AC-2(1)", "PCI DSS 4.0.1:8.3.9"),
    parameters={"most_days": Parameter(90, "The longest that a secret is used.")},
    ok=(
        {"rotationRules": {"automaticallyAfterDays": 30}},
        {"rotationRules": {"scheduleExpression": "rate(10 days)"}},
        {"rotationRules": {"scheduleExpression": "rate(12 hours)"}},
        {"rotationRules": {"scheduleExpression": "cron(0 16 1,15 * ? *)"}},
        Of({"rotationRules": {"automaticallyAfterDays": 180}}, config={"most_days": 365}),
    ),
    bad=(
        {},
        {"rotationRules": {"automaticallyAfterDays": 180}},
        {"rotationRules": {"scheduleExpression": "rate(120 days)"}},
    ),
)
def rotation_period(rotation: Resource) -> Iterator[str]:
    days = amount(rotation.known("rotationRules.automaticallyAfterDays"))
    schedule = rotation.text("rotationRules.scheduleExpression")
    rate = RATE.fullmatch(schedule)
    if rate:
        days = int(rate[1]) * HOURS[rate[2]] / 24
    if days is None and not schedule:
        yield "nothing says when the secret is replaced"
    elif days is not None and days > rotation.config["most_days"]:
        yield f"the secret is replaced every {days:.0f} days"
