"""A sampled request shows its headers in the console, the token among them, to whoever may look at the firewall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL
from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


ON: Final = {"visibilityConfig": {"sampledRequestsEnabled": True}}
OFF: Final = {"visibilityConfig": {"sampledRequestsEnabled": False}}
HIDDEN: Final = {"dataProtectionConfig": {"dataProtections": [{"action": "SUBSTITUTION"}]}}


@rule(
    id="waf-samples-show-no-tokens",
    title="Web ACLs show no tokens in sampled requests",
    applies_to=ACL,
    severity=Severity.MEDIUM,
    fix="Set visibility_config.sampled_requests_enabled to false, or protect the headers by data_protection_config.",
    frameworks=("NIST 800-53:IA-5(7)",),
    unique=True,
    ok=(OFF, OFF | {"rules": [OFF]}, ON | HIDDEN),
    bad=(ON, OFF | {"rules": [ON]}),
)
def samples_show_no_tokens(acl: Resource) -> Iterator[str]:
    if acl.is_set("dataProtectionConfig.dataProtections"):
        return
    for at in ("", *(f"{path}." for path in acl.each("rules"))):
        path = f"{at}visibilityConfig.sampledRequestsEnabled"
        if is_true(acl.known(path)):
            yield f"{path} is true"
