"""A configuration that nothing checks reaches every agent with its first typing error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="appconfig-profile-validated",
    title="Configurations are validated before they are deployed",
    applies_to="aws:appconfig/configurationProfile:ConfigurationProfile",
    severity=Severity.MEDIUM,
    fix="Add a validator: a JSON schema, or a function.",
    ok=(
        {"validators": [{"type": "JSON_SCHEMA", "content": "{}"}]},
        {"type": "AWS.AppConfig.FeatureFlags"},  # these have a schema of their own
    ),
    bad=({}, {"validators": []}, {"type": "AWS.Freeform"}),
)
def profile_validated(profile: Resource) -> Iterator[str]:
    if profile.text("type") != "AWS.AppConfig.FeatureFlags" and not list(profile.each("validators")):
        yield "validators is empty"
