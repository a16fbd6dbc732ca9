"""Older versions of TLS are broken, and a client that still speaks them can be listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._resource import Resource


REST: Final = "aws:apigateway/domainName:DomainName"
HTTP: Final = "aws:apigatewayv2/domainName:DomainName"
OLD: Final = {"", "TLS_1_0"}


def _remedy(domain: Resource) -> Mapping[str, object] | None:
    """TLS 1.2, which every client of the last ten years speaks."""
    if domain.text(_path(domain)) not in OLD:
        return None
    if domain.type == REST:
        return {"securityPolicy": "TLS_1_2"}
    return {
        "domainNameConfiguration": dict(domain.known("domainNameConfiguration") or {}) | {"securityPolicy": "TLS_1_2"}
    }


def _path(domain: Resource) -> str:
    return "securityPolicy" if domain.type == REST else "domainNameConfiguration.securityPolicy"


@rule(
    id="api-domain-tls",
    title="Domain names of APIs take TLS 1.2 and newer only",
    applies_to=(REST, HTTP),
    severity=Severity.HIGH,
    fix="Set security_policy to TLS_1_2.",
    sources=("checkov:CKV_AWS_206", "trivy:AVD-AWS-0005"),
    frameworks=("NIST 800-53:SC-8", "NIST 800-53:SC-23"),
    remedy=_remedy,
    ok=(
        {"securityPolicy": "TLS_1_2"},
        {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"},
        Of({"domainNameConfiguration": {"securityPolicy": "TLS_1_2"}}, HTTP),
    ),
    bad=(
        {},
        {"securityPolicy": "TLS_1_0"},
        Of({"domainNameConfiguration": {"securityPolicy": "TLS_1_0"}}, HTTP),
        Of({"domainNameConfiguration": {}}, HTTP),
    ),
)
def domain_tls(domain: Resource) -> Iterator[str]:
    policy = domain.text(_path(domain))
    if policy in OLD:
        yield f"{_path(domain)} is {policy or 'not set'}"
