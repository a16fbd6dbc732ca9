"""With AWS's own key nobody decides, and no log of ours shows, who decrypts a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


AWS_OWN: Final = ("alias/aws/secretsmanager", "aws/secretsmanager")


@rule(
    id="secretsmanager-own-key",
    title="Secrets are encrypted with a key of ours",
    applies_to="aws:secretsmanager/secret:Secret",
    severity=Severity.MEDIUM,
    fix="Set kms_key_id to the key for secrets.",
    sources=("checkov:CKV_AWS_149", "prowler:secretsmanager_using_cmk"),
    frameworks=("NIST 800-53:SC-28",),
    ok=({"kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/1"},),
    bad=({}, {"kmsKeyId": "alias/aws/secretsmanager"}),
)
def own_key(secret: Resource) -> Iterator[str]:
    if not secret.is_set("kmsKeyId"):
        yield "no key is set"
    elif secret.text("kmsKeyId").endswith(AWS_OWN):
        yield "the key is AWS's own"
