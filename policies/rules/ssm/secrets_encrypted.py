"""A parameter of type String is plain text for whoever may list parameters, and in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._secret_words import sounds_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ssm-secrets-encrypted",
    title="Parameters that sound secret are of type SecureString",
    applies_to="aws:ssm/parameter:Parameter",
    severity=Severity.HIGH,
    fix="Set type to SecureString and the value by value_wo, or keep it in Secrets Manager.",
    sources=("checkov:CKV2_AWS_34",),
    frameworks=("NIST 800-53:SC-28",),
    ok=(
        {"name": "/qm/dev/api_url", "type": "String"},
        {"name": "/qm/dev/database/password", "type": "SecureString"},
        {"name": "/qm/dev/secret_arn", "type": "String"},
    ),
    bad=({"name": "/qm/dev/database/password", "type": "String"}, {"name": "api_key", "type": "StringList"}),
)
def secrets_encrypted(parameter: Resource) -> Iterator[str]:
    kind, name = parameter.text("type"), parameter.text("name")
    if kind != "SecureString" and sounds_secret(name.rpartition("/")[2]):
        yield f"the parameter sounds secret, and is of type {kind or 'String'}"
