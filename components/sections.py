"""What a stack file may say: one model a section, all of them strict.

To add a setting, add a field: its constraints, description and examples are what the message about a wrong value
is made of.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from .naming import ENVIRONMENT, PREFIX, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

EMULATOR: Final = "http://127.0.0.1:4566"


class Section(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        regex_engine="python-re",  # the patterns of names look ahead
    )


class Environment(Section):
    name: Annotated[
        str,
        Field(pattern=ENVIRONMENT, description="up to 14 lower-case letters, digits and hyphens", examples=["dev"]),
    ]
    account: Annotated[
        str,
        Field(
            pattern=r"^(auto|[0-9]{12})$",
            description="auto, or the 12 digits of an account",
            examples=["auto"],
        ),
    ] = "auto"
    region: Annotated[str, Field(pattern=REGION, description="an AWS region", examples=["us-east-1"])]

    @property
    def pinned(self) -> bool:
        """Whether the stack names the one account it may be deployed to."""
        return self.account != "auto"


_TagValue = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,256}$",
        description="1 to 256 letters, digits, spaces and _.:/=+@-",
        examples=["supply-chain"],
    ),
]


class Project(Section):
    prefix: Annotated[
        str,
        Field(
            pattern=PREFIX,
            description="2 to 8 lower-case letters and digits, not a word that AWS reserves",
            examples=["qm"],
        ),
    ] = "qm"
    name: _TagValue = "quartermaster"
    owner: _TagValue
    cost_center: _TagValue


class Runtime(Section):
    packaging: Literal["lambda"] = "lambda"
    python: Literal["3.11", "3.12", "3.13", "3.14"] = "3.13"
    model: Annotated[
        str,
        Field(
            pattern=r"^(offline|[a-z0-9-]+(\.[a-z0-9-]+){1,2}[a-z0-9.:-]*)$",
            description="a Bedrock model or inference profile id; offline in the stack local",
            examples=["us.anthropic.claude-sonnet-4-5-20250929-v1:0"],
        ),
    ]
    endpoint: Annotated[
        str,
        Field(
            pattern=r"^http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?$",
            description="where the emulator listens, on loopback",
            examples=[EMULATOR],
        ),
    ] = EMULATOR


class LambdaResources(Section):
    memory_mb: Annotated[int, Field(ge=128, le=10240)] = 512
    timeout_s: Annotated[int, Field(ge=5, le=28)] = 28  # API Gateway gives up after 29 s
    architecture: Literal["arm64", "x86_64"] = "arm64"


class LogResources(Section):
    retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827] = 7


class AthenaResources(Section):
    scan_limit_mb: Annotated[int, Field(ge=10, le=1_000_000)] = 1024  # Athena's own minimum is 10 MB


class Resources(Section):
    lambda_: Annotated[LambdaResources, Field(alias="lambda")] = LambdaResources()
    logs: LogResources = LogResources()
    athena: AthenaResources = AthenaResources()


class Api(Section):
    throttle: Annotated[int, Field(ge=1, le=10_000)] = 20  # requests a second
    burst: Annotated[int, Field(ge=1, le=5_000)] = 40


def _day(value: str) -> str:
    if value:
        dt.date.fromisoformat(value)
    return value


class DataSettings(Section):
    database: Annotated[
        str,
        Field(
            pattern=r"^([a-z][a-z0-9_]{0,254})?$",
            description="lower-case letters, digits and _; empty: made of prefix and environment",
            examples=["lake"],
        ),
    ] = ""
    as_of: Annotated[
        str,
        Field(
            pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$",
            description="a day; empty: the calendar's own",
            examples=['"2026-06-30"'],
        ),
        AfterValidator(_day),
    ] = ""


_TagKey = Annotated[
    str,
    Field(
        pattern=r"^(?!aws:)[A-Za-z0-9 _.:/=+@-]{1,128}$",
        description="1 to 128 letters, digits, spaces and _.:/=+@-, not beginning with aws:",
        examples=["Team"],
    ),
]


class Tags(Section):
    custom: dict[_TagKey, _TagValue] = Field(default_factory=dict, max_length=40)


SECTIONS: Final[Mapping[str, type[Section]]] = {
    "environment": Environment,
    "project": Project,
    "runtime": Runtime,
    "resources": Resources,
    "api": Api,
    "data": DataSettings,
    "tags": Tags,
}
