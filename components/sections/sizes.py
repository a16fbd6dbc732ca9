"""How large, how long and how many: functions, tables, logs, backups, queries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import Section


class LambdaResources(Section):
    """Size of the functions that answer people; what runs behind them is smaller by itself."""

    memory_mb: Annotated[
        int, Field(ge=128, le=10240, description="memory of a function, and with it its processor")
    ] = 512
    timeout_s: Annotated[
        int, Field(ge=10, le=28, description="seconds for an answer; API Gateway gives up after 29")
    ] = 28
    architecture: Annotated[Literal["arm64", "x86_64"], Field(description="the functions' processor")] = "arm64"
    concurrency_quota: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000,
            description="the account's quota of concurrent executions; 0: not known, and none are set aside",
            examples=[1000],
        ),
    ] = 0
    reserved_concurrency: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000,
            description="executions kept for each function that answers; only with concurrency_quota; 0: none",
            examples=[10],
        ),
    ] = 0
    provisioned_concurrency: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="executions kept warm of the API and as many of its authoriser, which costs all day; only with "
            "concurrency_quota; 0: none",
        ),
    ] = 0


class DynamoDbResources(Section):
    """How the tables are paid for, and whether they can be put back to any second of the last 35 days."""

    billing_mode: Annotated[
        Literal["on_demand", "provisioned"], Field(description="pay by request, or for capacity that scales by itself")
    ] = "on_demand"
    read_capacity: Annotated[int, Field(ge=1, le=40_000, description="least read units when provisioned")] = 5
    write_capacity: Annotated[int, Field(ge=1, le=40_000, description="least write units when provisioned")] = 5
    max_capacity: Annotated[int, Field(ge=1, le=40_000, description="most units that scaling goes to")] = 100
    point_in_time_recovery: Annotated[bool, Field(description="continuous backups of the tables")] = True


class LogResources(Section):
    """How long log lines are kept."""

    retention_days: Annotated[
        Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827],
        Field(description="days; CloudWatch takes these only"),
    ] = 7


class BackupResources(Section):
    """How long backups are kept, and where a second copy goes."""

    retention_days: Annotated[int, Field(ge=1, le=365, description="days that a backup is kept")] = 7
    copy_region: Annotated[
        str,
        Field(
            pattern=r"^(auto|none|[a-z]{2}(-[a-z]+)+-[0-9])$",
            description="region of the second copy; auto: the one paired with the stack's own; none: no copy",
            examples=["us-west-2"],
        ),
    ] = "none"


class AthenaResources(Section):
    """What a query may cost."""

    scan_limit_mb: Annotated[
        int, Field(ge=10, le=1_000_000, description="MB; a query that would read more is ended (Athena's least is 10)")
    ] = 1024


class Resources(Section):
    """Sizes."""

    lambda_: Annotated[LambdaResources, Field(alias="lambda")] = LambdaResources()
    dynamodb: DynamoDbResources = DynamoDbResources()
    logs: LogResources = LogResources()
    backup: BackupResources = BackupResources()
    athena: AthenaResources = AthenaResources()
