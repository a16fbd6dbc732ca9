"""An agent keeps its instructions and its sessions; a key of ours says who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._bedrock import AGENT
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="bedrock-agent-encrypted",
    title="Bedrock agents are encrypted with a customer key",
    applies_to=AGENT,
    severity=Severity.MEDIUM,
    fix="Set customer_encryption_key_arn.",
    sources=("checkov:CKV_AWS_373",),
    ok=({"customerEncryptionKeyArn": "arn"},),
    bad=({},),
)
def agent_encrypted(agent: Resource) -> Iterator[str]:
    if not agent.is_set("customerEncryptionKeyArn"):
        yield "customerEncryptionKeyArn is not set"
