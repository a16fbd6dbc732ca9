"""A multi-region key leaves its region: whoever may replicate it takes the residency of the data with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="kms-not-multi-region",
    title="Keys stay in their region",
    applies_to=("aws:kms/key:Key", "aws:kms/externalKey:ExternalKey"),
    severity=Severity.LOW,
    fix="Make a key in each region, and copy data by a service that encrypts it anew.",
    sources=("prowler:kms_cmk_not_multi_region",),
    frameworks=("NIST 800-53:SC-12",),
    enforcement=Enforcement.ADVISORY,
    ok=({}, {"multiRegion": False}),
    bad=({"multiRegion": True}, Of({"multiRegion": "true"}, "aws:kms/externalKey:ExternalKey")),
)
def not_multi_region(key: Resource) -> Iterator[str]:
    if is_true(key.known("multiRegion")):
        yield "the key can be copied into other regions"
