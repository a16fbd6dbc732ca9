"""One setting of the account makes sure that no document of it is ever shared with everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


SHARING: Final = "/ssm/documents/console/public-sharing-permission"


@rule(
    id="ssm-public-sharing-blocked",
    title="The account's documents cannot be shared with everybody",
    applies_to="aws:ssm/serviceSetting:ServiceSetting",
    severity=Severity.HIGH,
    fix="Set the value to Disable.",
    sources=("FSBP:SSM.7",),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        {"settingId": f"arn:aws:ssm:us-east-1:000000000000:servicesetting{SHARING}", "settingValue": "Disable"},
        {"settingId": "/ssm/parameter-store/high-throughput-enabled", "settingValue": "Enable"},
    ),
    bad=({"settingId": SHARING, "settingValue": "Enable"},),
)
def public_sharing_blocked(setting: Resource) -> Iterator[str]:
    if setting.text("settingId").endswith(SHARING) and setting.text("settingValue") != "Disable":
        yield "documents can be shared with everybody"
