"""Results are copies of the data, and need its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._own_keys import own_key
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

WHERE: Final = "configuration.resultConfiguration.encryptionConfiguration"
MANAGED: Final = "configuration.managedQueryResultsConfiguration"
KEY: Final = "arn:aws:kms:us-east-1:000000000000:key/1"


def _results(**encryption: str) -> dict[str, object]:
    return {"configuration": {"resultConfiguration": {"encryptionConfiguration": encryption}}}


@rule(
    id="athena-results-encrypted",
    title="Results of queries are encrypted with a customer key",
    applies_to="aws:athena/workgroup:Workgroup",
    severity=Severity.HIGH,
    fix="Set encryption_configuration of the result_configuration with SSE_KMS or CSE_KMS and kms_key_arn.",
    sources=(
        "FSBP:Athena.1",
        "checkov:CKV_AWS_159",
        "trivy:AVD-AWS-0006",
        "prowler:athena_workgroup_encryption",
    ),
    frameworks=("NIST 800-53:SC-28", "NIST 800-53:SC-13"),
    ok=(
        _results(encryptionOption="SSE_KMS", kmsKeyArn=KEY),
        _results(encryptionOption="CSE_KMS", kmsKeyArn=KEY),
        {
            "configuration": {
                "managedQueryResultsConfiguration": {"enabled": True, "encryptionConfiguration": {"kmsKey": KEY}}
            }
        },
    ),
    bad=(
        {},
        {"configuration": {"resultConfiguration": {"outputLocation": "s3://a/"}}},
        _results(encryptionOption="SSE_S3"),
        _results(encryptionOption="SSE_KMS"),
        {"configuration": {"managedQueryResultsConfiguration": {"enabled": True}}},
    ),
)
def results_encrypted(workgroup: Resource) -> Iterator[str]:
    if workgroup.known(f"{MANAGED}.enabled") in (True, "true"):
        yield from own_key(workgroup, f"{MANAGED}.encryptionConfiguration.kmsKey")
        return
    option = workgroup.text(f"{WHERE}.encryptionOption")
    if option in {"SSE_KMS", "CSE_KMS"}:
        yield from own_key(workgroup, f"{WHERE}.kmsKeyArn")
    else:
        yield f"encryptionOption is {option or 'not set'}"
