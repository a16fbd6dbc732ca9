"""Configuration says how the agents behave; a key of ours says who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

HOSTED: Final = {"locationUri": "hosted"}


@rule(
    id="appconfig-profile-encrypted",
    title="Hosted configurations are encrypted with a customer key",
    applies_to="aws:appconfig/configurationProfile:ConfigurationProfile",
    severity=Severity.MEDIUM,
    fix="Set kms_key_identifier.",
    ok=(HOSTED | {"kmsKeyIdentifier": "alias/qm-data-dev"}, {"locationUri": "s3://bucket/object"}),
    bad=(HOSTED,),
)
def profile_encrypted(profile: Resource) -> Iterator[str]:
    if profile.text("locationUri") == "hosted" and not profile.is_set("kmsKeyIdentifier"):
        yield "kmsKeyIdentifier is not set"
