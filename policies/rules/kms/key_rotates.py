"""A key that never changes decrypts all that was ever encrypted, once it leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount, is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


SYMMETRIC: Final = "SYMMETRIC_DEFAULT"  # AWS's own, where nothing is set
DEFAULT_DAYS: Final = 365


@rule(
    id="kms-key-rotates",
    title="Symmetric keys rotate by themselves",
    applies_to="aws:kms/key:Key",
    severity=Severity.MEDIUM,
    fix="Set enable_key_rotation to true.",
    sources=("cdk-nag:AwsSolutions-KMS5", "FSBP:KMS.4", "checkov:CKV_AWS_7", "prowler:kms_cmk_rotation_enabled"),
    frameworks=("CIS AWS 3.0:3.6", "NIST 800-53:SC-12", "PCI DSS 4.0.1:3.7.4"),
    parameters={"most_days": Parameter(DEFAULT_DAYS, "The longest that a key's material is used.")},
    ok=(
        {"enableKeyRotation": True},
        {"enableKeyRotation": True, "rotationPeriodInDays": 90},
        {"customerMasterKeySpec": "RSA_2048"},
        {"customKeyStoreId": "cks-1"},
        Of({"enableKeyRotation": True, "rotationPeriodInDays": 700}, config={"most_days": 730}),
    ),
    bad=(
        {},
        {"enableKeyRotation": False},
        {"enableKeyRotation": False, "customerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        {"enableKeyRotation": True, "rotationPeriodInDays": 700},
    ),
)
def key_rotates(key: Resource) -> Iterator[str]:
    if (key.text("customerMasterKeySpec") or SYMMETRIC) != SYMMETRIC or key.known("customKeyStoreId"):
        return
    if not is_true(key.known("enableKeyRotation")):
        yield "the key does not rotate"
    elif (days := amount(key.known("rotationPeriodInDays")) or DEFAULT_DAYS) > key.config["most_days"]:
        yield f"the key rotates every {days:.0f} days"
