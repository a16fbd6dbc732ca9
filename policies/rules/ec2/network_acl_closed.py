"""A network ACL is the second wall; one that lets the internet reach administration ports is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._ports import anywhere
from .._rule import Of, Severity, rule
from .._scalars import amount, is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


ACL: Final = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT: Final = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
ENTRY: Final = "aws:ec2/networkAclRule:NetworkAclRule"
ADMINISTRATION: Final = (22, 3389)
EVERY: Final = {"-1", "all"}


@rule(
    id="ec2-network-acl-closed",
    title="No network ACL lets the internet reach ports 22 and 3389",
    applies_to=(ACL, DEFAULT, ENTRY),
    severity=Severity.MEDIUM,
    fix="Allow the ports that are served, or deny 22 and 3389 in an entry with a lower number.",
    sources=(
        "FSBP:EC2.21",
        "checkov:CKV_AWS_231",
        "checkov:CKV_AWS_232",
        "checkov:CKV_AWS_352",
        "trivy:AVD-AWS-0102",
        "trivy:AVD-AWS-0105",
    ),
    frameworks=("CIS AWS 3.0:5.1", "NIST 800-53:SC-7"),
    ok=(
        {},
        {"ingress": [{"action": "deny", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}]},
        {"ingress": [{"action": "allow", "protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlock": "0.0.0.0/0"}]},
        Of({"ruleAction": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0", "egress": True}, ENTRY),
        Of({"ruleAction": "allow", "protocol": "-1", "cidrBlock": "10.0.0.0/8"}, ENTRY),
    ),
    bad=(
        {"ingress": [{"action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}]},
        {"ingress": {"action": "allow", "protocol": "6", "fromPort": 22, "toPort": 22, "ipv6CidrBlock": "::/0"}},
        Of({"ingress": [{"action": "allow", "protocol": "all", "cidrBlock": "0.0.0.0/0"}]}, DEFAULT),
        Of({"ruleAction": "allow", "protocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrBlock": "0.0.0.0/0"}, ENTRY),
    ),
)
def network_acl_closed(acl: Resource) -> Iterator[str]:
    if acl.type == ENTRY:
        if not is_true(acl.known("egress")) and acl.text("ruleAction").lower() == "allow":
            yield from _said("", _reaches(acl, ""))
        return
    denied = set[tuple[str, int]]()
    entries = sorted(acl.each("ingress"), key=lambda path: amount(acl.known(f"{path}.ruleNo")) or 0)
    for path in entries:  # the first that fits decides
        action, reached = acl.text(f"{path}.action").lower(), _reaches(acl, f"{path}.")
        if action == "deny":
            denied |= reached
        elif action == "allow":
            yield from _said(f"{path} ", reached - denied)


def _said(where: str, reached: set[tuple[str, int]]) -> Iterator[str]:
    if reached:
        yield f"{where}lets the internet reach {', '.join(str(port) for port in sorted({port for _, port in reached}))}"


def _reaches(acl: Resource, at: str) -> set[tuple[str, int]]:
    """The ports that an entry for the internet is about, by the kind of address."""
    kinds = [kind for kind in ("cidrBlock", "ipv6CidrBlock") if anywhere(acl.text(f"{at}{kind}"))]
    if not kinds:
        return set()
    every = str(acl.known(f"{at}protocol")).lower() in EVERY
    first, last = (amount(acl.known(f"{at}{name}")) or 0 for name in ("fromPort", "toPort"))
    return {(kind, port) for kind in kinds for port in ADMINISTRATION if every or first <= port <= last}
