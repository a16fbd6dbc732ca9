"""A grant to everyone, or to everyone with an AWS account, publishes the bucket as a public ACL does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import BUCKET, kinds
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

GROUPS: Final = ("/global/AllUsers", "/global/AuthenticatedUsers")
ACLS: Final = kinds("bucketAcl")
URI: Final = "http://acs.amazonaws.com/groups"


def _grant(uri: str) -> dict[str, object]:
    grants = [{"permission": "READ", "grantee": {"type": "Group", "uri": uri}}]
    return {"accessControlPolicy": {"grants": grants, "owner": {"id": "o"}}}


@rule(
    id="s3-no-public-grants",
    title="ACLs grant nothing to everyone",
    applies_to=(*ACLS, BUCKET),
    severity=Severity.CRITICAL,
    fix="Remove the grant to AllUsers or AuthenticatedUsers.",
    sources=("FSBP:S3.2", "FSBP:S3.3", "checkov:CKV_AWS_375", "checkov:CKV2_AWS_43", "trivy:AVD-AWS-0092"),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:SC-7"),
    ok=({}, _grant(f"{URI}/s3/LogDelivery"), Of({"grants": []}, BUCKET)),
    bad=(
        _grant(f"{URI}/global/AllUsers"),
        Of(_grant(f"{URI}/global/AuthenticatedUsers"), ACLS[1]),
        Of({"grants": [{"type": "Group", "uri": f"{URI}/global/AllUsers", "permissions": ["WRITE"]}]}, BUCKET),
    ),
)
def no_public_grants(acl: Resource) -> Iterator[str]:
    own = acl.type in ACLS
    for path in acl.each("accessControlPolicy.grants" if own else "grants"):
        uri = acl.text(f"{path}.grantee.uri" if own else f"{path}.uri")
        if uri.endswith(GROUPS):
            yield f"{path} is to {uri.rpartition('/')[2]}"
