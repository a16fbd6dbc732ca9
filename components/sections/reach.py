"""Who reaches the stack and what it reaches: its network and its API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import Cidr, Section


class Networking(Section):
    """The VPC: one of ours, or yours. Without features.vpc none of it is made."""

    cidr: Cidr = "10.40.0.0/20"
    taken: Annotated[
        list[Cidr],
        Field(max_length=50, description="ranges in use where this network will be routed to", examples=[[]]),
    ] = []
    zones: Annotated[int, Field(ge=1, le=3, description="availability zones with a subnet of each kind")] = 2
    nat_count: Annotated[
        int, Field(ge=0, le=3, description="NAT gateways, at most one a zone; 0: no way out but the endpoints")
    ] = 1
    endpoints: Annotated[
        Literal["gateway", "all"],
        Field(description="VPC endpoints: those that cost nothing (S3, DynamoDB), or one for each service in use"),
    ] = "gateway"
    vpc_id: Annotated[
        str,
        Field(
            pattern=r"^(vpc-[0-9a-f]{8,17})?$",
            description="a VPC of yours; empty: the stack makes its own",
            examples=["vpc-0a1b2c3d4e5f60718"],
        ),
    ] = ""
    subnet_ids: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=r"^subnet-[0-9a-f]{8,17}$",
                    description="a private subnet",
                    examples=["subnet-0a1b2c3d4e5f60718"],
                ),
            ]
        ],
        Field(max_length=6, description="private subnets of that VPC, with a way out"),
    ] = []


class Api(Section):
    """The REST API: how much of it a caller gets, and from where."""

    throttle: Annotated[int, Field(ge=1, le=10_000, description="requests a second, all callers together")] = 20
    burst: Annotated[int, Field(ge=1, le=5_000, description="requests at once")] = 40
    quota: Annotated[
        int,
        Field(
            ge=0,
            le=10_000_000,
            description="requests a day of one API key; 0: no limit; our methods ask for a token and for no key, so it "
            "limits nobody until a method of yours asks for one",
        ),
    ] = 0
    cors_origins: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=r"^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$",
                    description="an origin with https, never *",
                    examples=["https://planning.example.com"],
                ),
            ]
        ],
        Field(max_length=10, description="web pages that may call the API"),
    ] = []
    callbacks: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=r"^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://localhost)(:[0-9]{1,5})?"
                    r"(/[A-Za-z0-9._~/-]*)?$",
                    description="an https URL, or one of http://localhost, without user, query or fragment",
                    examples=["https://planning.example.com/signed-in"],
                ),
            ]
        ],
        Field(max_length=20, description="where a sign-in by browser may come back to; empty: with a password only"),
    ] = []
    domain: Annotated[
        str,
        Field(
            pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)?$",
            description="a host name of yours; empty: the one that API Gateway gives",
            examples=["agents.example.com"],
        ),
    ] = ""
    certificate: Annotated[
        str,
        Field(
            pattern=r"^(arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+)?$",
            description="ARN of the domain's certificate, in the stack's region",
            examples=["arn:aws:acm:us-east-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"],
        ),
    ] = ""
