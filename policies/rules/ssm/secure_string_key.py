"""With AWS's own key everybody in the account who may read the parameter may decrypt it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._own_keys import own_key
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ssm-secure-string-key",
    title="Secret parameters are encrypted with a key of ours",
    applies_to="aws:ssm/parameter:Parameter",
    severity=Severity.MEDIUM,
    fix="Set key_id to the key for secrets.",
    sources=("checkov:CKV_AWS_337",),
    frameworks=("NIST 800-53:SC-28",),
    ok=(
        {"type": "String"},
        {"type": "SecureString", "keyId": "arn:aws:kms:us-east-1:000000000000:key/1"},
    ),
    bad=({"type": "SecureString"}, {"type": "SecureString", "keyId": "alias/aws/ssm"}),
)
def secure_string_key(parameter: Resource) -> Iterator[str]:
    if parameter.text("type") == "SecureString":
        yield from own_key(parameter, "keyId")
