"""What a switched-off key has encrypted cannot be read, and nothing says so until somebody tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="kms-key-enabled",
    title="Keys are switched on",
    applies_to=("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey"),
    severity=Severity.MEDIUM,
    fix="Leave is_enabled at true; take a key out of use by its policy.",
    sources=("checkov:CKV_AWS_227",),
    ok=({}, {"isEnabled": True}, {"enabled": True}),
    bad=({"isEnabled": False}, {"enabled": "false"}),
)
def key_enabled(key: Resource) -> Iterator[str]:
    for path in ("isEnabled", "enabled"):
        if key.known(path) in (False, "false"):
            yield "the key is switched off"
