"""With AWS's own key nobody decides, and no log of ours shows, who decrypts a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._own_keys import own_key as lacking
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="secretsmanager-own-key",
    title="Secrets are encrypted with a key of ours",
    applies_to="aws:secretsmanager/secret:Secret",
    severity=Severity.MEDIUM,
    fix="Set kms_key_id to the key for secrets.",
    sources=("checkov:CKV_AWS_149",),
    frameworks=("NIST 800-53:SC-28",),
    ok=({"kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/1"},),
    bad=({},),
)
def own_key(secret: Resource) -> Iterator[str]:
    yield from lacking(secret, "kmsKeyId")
