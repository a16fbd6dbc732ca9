"""A custom model remembers what it learned from, a knowledge base holds it: both deserve a key of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SOURCE: Final = "aws:bedrock/agentDataSource:AgentDataSource"
CUSTOM: Final = "aws:bedrock/customModel:CustomModel"
KEYS: Final = {SOURCE: "serverSideEncryptionConfiguration.kmsKeyArn", CUSTOM: "customModelKmsKeyId"}


@rule(
    id="bedrock-data-encrypted",
    title="Custom models and knowledge bases are encrypted with a customer key",
    applies_to=tuple(KEYS),
    severity=Severity.MEDIUM,
    fix="Set server_side_encryption_configuration.kms_key_arn, or custom_model_kms_key_id.",
    sources=(
        "prowler:bedrock_knowledge_base_encrypted_with_cmk",
        "prowler:bedrock_custom_model_encrypted_with_cmk",
    ),
    frameworks=("AWS AI Security Framework 1.0:AISF-INFRA-05",),
    ok=(
        Of({"serverSideEncryptionConfiguration": {"kmsKeyArn": "arn"}}, SOURCE),
        Of({"customModelKmsKeyId": "arn"}, CUSTOM),
    ),
    bad=(Of({}, SOURCE), Of({"serverSideEncryptionConfiguration": {}}, SOURCE), Of({}, CUSTOM)),
)
def data_encrypted(resource: Resource) -> Iterator[str]:
    key = KEYS[resource.type]
    if not resource.is_set(key):
        yield f"{key} is not set"
