"""A layer that everybody may use shows them our code, and what was left in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-layer-not-public",
    title="No layer is open to all accounts",
    applies_to="aws:lambda/layerVersionPermission:LayerVersionPermission",
    severity=Severity.HIGH,
    fix="Name the account in principal, or the organisation in organization_id.",
    ok=({"principal": "000000000000"}, {"principal": "*", "organizationId": "o-1"}),
    bad=({"principal": "*"}, {"principal": "*", "organizationId": ""}),
)
def layer_not_public(permission: Resource) -> Iterator[str]:
    if permission.text("principal") == "*" and permission.peek("organizationId") in (None, ""):
        yield "principal is *"
