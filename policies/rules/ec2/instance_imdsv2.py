"""The first version of the metadata service gives an instance's credentials to whoever can make it fetch a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"


@rule(
    id="ec2-instance-imdsv2",
    title="Instances answer metadata requests with a session token only",
    applies_to=("aws:ec2/instance:Instance", TEMPLATE, "aws:ec2/launchConfiguration:LaunchConfiguration"),
    severity=Severity.HIGH,
    fix="Set metadata_options.http_tokens to required.",
    sources=(
        "FSBP:EC2.8",
        "checkov:CKV_AWS_79",
        "trivy:AVD-AWS-0028",
        "trivy:AVD-AWS-0130",
        "prowler:ec2_instance_imdsv2_enabled",
    ),
    frameworks=("CIS AWS 3.0:5.6", "NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {"metadataOptions": {"httpTokens": "required"}},
        {"metadataOptions": {"httpEndpoint": "disabled"}},
        Of({"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}}, TEMPLATE),
    ),
    bad=({}, {"metadataOptions": {"httpTokens": "optional"}}, Of({"metadataOptions": {}}, TEMPLATE)),
)
def instance_imdsv2(instance: Resource) -> Iterator[str]:
    off = instance.text("metadataOptions.httpEndpoint") == "disabled"
    if not off and instance.text("metadataOptions.httpTokens") != "required":
        yield "metadataOptions.httpTokens is not required"
