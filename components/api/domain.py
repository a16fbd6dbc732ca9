"""A host name of one's own for the API. Its record in DNS is made where the zone lives, with what this returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi_aws as aws

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True, kw_only=True)
class DomainArgs:
    domain: str
    certificate: str  # ARN, in the API's region
    rest_api: pulumi.Input[str]
    stage: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Domain:
    """Where the host name's record must point to, and the hosted zone of that name."""

    target: pulumi.Output[str]
    zone: pulumi.Output[str]


def make_domain(name: str, args: DomainArgs, opts: pulumi.ResourceOptions) -> Domain:
    """The domain `{name}`, TLS 1.2 and up, and what leads from its root to the stage."""
    domain = aws.apigateway.DomainName(
        name,
        domain_name=args.domain,
        regional_certificate_arn=args.certificate,
        endpoint_configuration={"types": "REGIONAL"},
        security_policy="TLS_1_2",
        opts=opts,
    )
    aws.apigateway.BasePathMapping(
        f"{name}-mapping",
        domain_name=domain.domain_name,
        rest_api=args.rest_api,
        stage_name=args.stage,
        opts=opts,
    )
    return Domain(target=domain.regional_domain_name, zone=domain.regional_zone_id)
