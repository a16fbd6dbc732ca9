"""Which parts a stack has, and when somebody is told: features, monitoring, budget."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Section


class Features(Section):
    """Parts of a stack that can be left out."""

    api: Annotated[bool, Field(description="the REST API; without it the functions are invoked by roles of yours")] = (
        True
    )
    vpc: Annotated[bool, Field(description="functions run in a VPC, without a public address")] = False
    waf: Annotated[bool, Field(description="a web application firewall before the API")] = False
    multi_az: Annotated[bool, Field(description="subnets and NAT gateways in several zones")] = False
    tracing: Annotated[bool, Field(description="X-Ray traces of functions and API")] = True
    backup: Annotated[bool, Field(description="daily backups in a locked vault")] = True
    trail: Annotated[bool, Field(description="CloudTrail records who reads and writes tables and lake")] = False
    guardrail: Annotated[
        bool,
        Field(description="Bedrock guardrail for the text of every call of a model; a call that names none is refused"),
    ] = True
    budget: Annotated[bool, Field(description="a monthly budget with alerts")] = True


class Thresholds(Section):
    """When an alarm goes off."""

    error_rate_percent: Annotated[int, Field(ge=1, le=100, description="failed requests of all in 5 minutes")] = 5
    latency_p95_ms: Annotated[int, Field(ge=100, le=28_000, description="95th percentile of an answer's time")] = 15_000
    throttles: Annotated[
        int, Field(ge=1, le=100_000, description="throttled calls of Lambda or DynamoDB in 5 minutes")
    ] = 5
    failed_events: Annotated[int, Field(ge=1, le=100_000, description="events that wait in the dead-letter queue")] = 1
    tokens_per_hour: Annotated[
        int, Field(ge=1_000, le=10_000_000_000, description="tokens of all models in an hour")
    ] = 2_000_000
    cost_usd_per_day: Annotated[int, Field(ge=1, le=1_000_000, description="cost of all models in a day, in USD")] = 50


class Monitoring(Section):
    """Who is told, of what, and what there is to look at."""

    alarm_emails: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$",
                    description="an address",
                    examples=["oncall@example.com"],
                ),
            ]
        ],
        Field(max_length=20, description="addresses that alarms and budget alerts go to; each confirms once by mail"),
    ] = []
    dashboards: Annotated[
        bool, Field(description="the five CloudWatch dashboards, 3 USD a month each after the third")
    ] = True
    thresholds: Thresholds = Thresholds()
    budget_usd: Annotated[int, Field(ge=1, le=10_000_000, description="the month's budget in USD")] = 100
