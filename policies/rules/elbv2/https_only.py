"""Plain HTTP carries tokens and answers for anybody on the way to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._balancers import LISTENERS
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="elb-https-only",
    title="Listeners speak HTTPS, or send callers there",
    applies_to=LISTENERS,
    severity=Severity.HIGH,
    fix="Set protocol to HTTPS, or the default action to a redirect to HTTPS.",
    sources=(
        "FSBP:ELB.1",
        "FSBP:ELB.18",
        "checkov:CKV_AWS_2",
        "checkov:CKV2_AWS_20",
        "trivy:AVD-AWS-0054",
        "prowler:elbv2_ssl_listeners",
    ),
    frameworks=("NIST 800-53:SC-8",),
    ok=(
        {"protocol": "HTTPS", "defaultActions": [{"type": "forward"}]},
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTPS"}}]},
        {"protocol": "TCP", "defaultActions": [{"type": "forward"}]},
    ),
    bad=(
        {"protocol": "HTTP", "defaultActions": [{"type": "forward"}]},
        {"protocol": "HTTP", "defaultActions": {"type": "redirect", "redirect": {"protocol": "HTTP"}}},
        Of({"port": 80}, LISTENERS[1]),
    ),
)
def https_only(listener: Resource) -> Iterator[str]:
    if (listener.text("protocol") or "HTTP") != "HTTP":
        return
    actions = tuple(listener.each("defaultActions"))
    if not actions or any(listener.text(f"{path}.redirect.protocol") != "HTTPS" for path in actions):
        yield "protocol is HTTP, and callers are not sent to HTTPS"
