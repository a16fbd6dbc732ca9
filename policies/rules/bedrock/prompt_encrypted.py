"""Prompts say how a product thinks; a key of ours says who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="bedrock-prompt-encrypted",
    title="Prompts in Bedrock are encrypted with a customer key",
    applies_to="aws:bedrock/agentPrompt:AgentPrompt",
    severity=Severity.MEDIUM,
    fix="Set customer_encryption_key_arn.",
    sources=("prowler:bedrock_prompt_encrypted_with_cmk",),
    frameworks=("AWS AI Security Framework 1.0:AISF-AI-07",),
    ok=({"customerEncryptionKeyArn": "arn"},),
    bad=({},),
)
def prompt_encrypted(prompt: Resource) -> Iterator[str]:
    if not prompt.is_set("customerEncryptionKeyArn"):
        yield "customerEncryptionKeyArn is not set"
