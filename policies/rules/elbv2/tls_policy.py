"""Older versions of TLS are broken, and the policy that a listener gets by itself still speaks them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._balancers import LISTENERS
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._resource import Resource


# TLS 1.2 and up, by Elastic Load Balancing's names.
MODERN: Final = re.compile(
    r"ELBSecurityPolicy-(TLS13-1-[23](-.+)?|TLS-1-2-(Ext-2018-06|2017-01)|FS-1-2-(Res-)?20(18-06|19-08|20-10))$"
)
BEST: Final = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
SPEAKS: Final = {"HTTPS", "TLS"}


def _remedy(listener: Resource) -> Mapping[str, object] | None:
    """The policy that AWS recommends: TLS 1.2 and 1.3."""
    return {"sslPolicy": BEST} if any(True for _ in _old(listener)) else None


@rule(
    id="elb-tls-policy",
    title="Listeners take TLS 1.2 and newer only",
    applies_to=LISTENERS,
    severity=Severity.HIGH,
    fix=f"Set ssl_policy to {BEST}.",
    sources=(
        "FSBP:ELB.17",
        "checkov:CKV_AWS_103",
        "checkov:CKV2_AWS_74",
        "trivy:AVD-AWS-0047",
        "prowler:elbv2_insecure_ssl_ciphers",
    ),
    frameworks=("NIST 800-53:SC-8(1)", "NIST 800-53:SC-23"),
    remedy=_remedy,
    ok=(
        {"protocol": "HTTPS", "sslPolicy": BEST},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
        {"protocol": "HTTP"},
    ),
    bad=(
        {"protocol": "HTTPS"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-1-2021-06"},
        Of({"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"}, LISTENERS[1]),
    ),
)
def tls_policy(listener: Resource) -> Iterator[str]:
    yield from _old(listener)


def _old(listener: Resource) -> Iterator[str]:
    policy = listener.text("sslPolicy") if listener.text("protocol") in SPEAKS else BEST
    if not MODERN.match(policy):
        yield f"sslPolicy is {policy or 'not set'}"
