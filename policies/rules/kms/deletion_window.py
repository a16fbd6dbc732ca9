"""What a deleted key has encrypted is gone; the window is the time to notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount
from .._where import HERE, PROD, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


DEFAULT_DAYS: Final = 30  # AWS's own, where nothing is set
TYPES: Final = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey")


@rule(
    id="kms-deletion-window",
    title="A deleted key can be had back for long enough",
    applies_to=TYPES,
    severity=Severity.MEDIUM,
    fix="Set deletion_window_in_days to 30, or leave it out.",
    frameworks=("NIST 800-53:SC-12",),
    parameters={"stacks": PROD, "least_days": Parameter(30, "The shortest window.")},
    ok=(
        {},
        {"deletionWindowInDays": 7},
        Of({"deletionWindowInDays": 30}, config=HERE),
        Of({"deletionWindowInDays": 7}, config=HERE | {"least_days": 7}),
    ),
    bad=(
        Of({"deletionWindowInDays": "7"}, config=HERE),
        Of({"deletionWindowInDays": 7}, TYPES[1], HERE),
    ),
)
def deletion_window(key: Resource) -> Iterator[str]:
    if not asked_here(key):
        return
    days = amount(key.known("deletionWindowInDays"))
    kept = DEFAULT_DAYS if days is None else days
    if kept < key.config["least_days"]:
        yield f"the key is gone {kept:.0f} days after it is deleted"
