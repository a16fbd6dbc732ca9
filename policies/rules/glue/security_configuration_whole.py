"""A security configuration that leaves one of the three out is read as if nothing were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

# Part -> its switch, and what it must be.
PARTS: Final = {
    "cloudwatchEncryption": ("cloudwatchEncryptionMode", "SSE-KMS"),
    "jobBookmarksEncryption": ("jobBookmarksEncryptionMode", "CSE-KMS"),
    "s3Encryption": ("s3EncryptionMode", "SSE-KMS"),
}
WHOLE: Final = {part: {switch: mode} for part, (switch, mode) in PARTS.items()}


@rule(
    id="glue-security-configuration-whole",
    title="Security configurations of Glue encrypt data, logs and bookmarks",
    applies_to="aws:glue/securityConfiguration:SecurityConfiguration",
    severity=Severity.MEDIUM,
    fix="Set the mode and kms_key_arn of each of the three encryptions.",
    sources=(
        "cdk-nag:AwsSolutions-GL3",
        "checkov:CKV_AWS_99",
        "prowler:glue_etl_jobs_amazon_s3_encryption_enabled",
        "prowler:glue_etl_jobs_cloudwatch_logs_encryption_enabled",
        "prowler:glue_etl_jobs_job_bookmark_encryption_enabled",
    ),
    frameworks=("NIST 800-53:SC-28",),
    ok=({"encryptionConfiguration": WHOLE},),
    bad=(
        {},
        {"encryptionConfiguration": WHOLE | {"s3Encryption": {"s3EncryptionMode": "DISABLED"}}},
        {"encryptionConfiguration": WHOLE | {"s3Encryption": {"s3EncryptionMode": "SSE-S3"}}},
        {"encryptionConfiguration": WHOLE | {"cloudwatchEncryption": {}}},
        {"encryptionConfiguration": WHOLE | {"jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "DISABLED"}}},
    ),
)
def security_configuration_whole(configuration: Resource) -> Iterator[str]:
    for part, (switch, wanted) in PARTS.items():
        mode = configuration.text(f"encryptionConfiguration.{part}.{switch}")
        if mode != wanted:
            yield f"{switch} is {mode or 'not set'}"
