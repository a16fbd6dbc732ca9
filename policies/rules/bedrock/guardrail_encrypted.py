"""A guardrail says which words and topics stop an answer: who reads it knows how to get past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._bedrock import GUARDRAIL
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="bedrock-guardrail-encrypted",
    title="Guardrails are encrypted with a customer key",
    applies_to=GUARDRAIL,
    severity=Severity.MEDIUM,
    fix="Set kms_key_arn.",
    ok=({"kmsKeyArn": "arn"},),
    bad=({},),
)
def guardrail_encrypted(guardrail: Resource) -> Iterator[str]:
    if not guardrail.is_set("kmsKeyArn"):
        yield "kmsKeyArn is not set"
