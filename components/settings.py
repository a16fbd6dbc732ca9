"""Typed settings of a stack: parsed once, refused whole, with every problem named by file and key.

Sections are separate models, so a mistake in one does not hide a mistake in another. To add a setting, add a
field: its constraints, description and examples are what a wrong value's message is made of.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .naming import ENVIRONMENT, PREFIX, REGION
from .problems import Problem, SettingsError, explain, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL: Final = "local"
OFFLINE: Final = "offline"
EMULATOR: Final = "http://127.0.0.1:4566"
_NAMESPACE: Final = "quartermaster:"


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
            description="auto, or the 12 digits of the account in quotes",
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
            description="lower-case letters, digits and _; empty for a name made of prefix and environment",
            examples=["lake"],
        ),
    ] = ""
    as_of: Annotated[
        str,
        Field(
            pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$",
            description='a day in quotes that is "today" for the data; empty for the calendar\'s',
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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a stack file says, and what follows from it."""

    environment: Environment
    project: Project
    runtime: Runtime
    resources: Resources
    api: Api
    data: DataSettings
    tags: Tags

    @property
    def local(self) -> bool:
        """Whether the stack runs in the emulator."""
        return self.environment.name == LOCAL

    @property
    def keep(self) -> bool:
        """Whether stateful resources are protected, and stay when they leave the program."""
        return self.environment.name == "prod"

    @property
    def disposable(self) -> bool:
        """Whether destroying the stack may destroy its data: everything but staging and prod."""
        return self.environment.name not in {"staging", "prod"}


def load(stack: str, mapping: Mapping[str, object], file: str, *, endpoint: str = "") -> Settings:
    """Settings of `stack` from the `config` mapping of `file`; `endpoint` is the emulator's, for local only.

    Raises SettingsError with all problems. Keys of other namespaces (`pulumi:`, `aws:`) are not ours to judge.
    """
    problems: list[Problem] = []
    given = {key.removeprefix(_NAMESPACE): value for key, value in mapping.items() if key.startswith(_NAMESPACE)}
    problems += [
        Problem(file, key, f"is not a section; {nearest(key, SECTIONS)}") for key in given if key not in SECTIONS
    ]
    parsed: dict[str, Section] = {}
    for name, model in SECTIONS.items():
        try:
            parsed[name] = model.model_validate(given.get(name, {}))
        except ValidationError as error:
            problems += explain(error, model, file, name)
    problems += _conflicts(stack, parsed, file)
    if problems:
        raise SettingsError(problems)
    runtime = _section(parsed, Runtime)
    if stack == LOCAL and endpoint:
        parsed["runtime"] = Runtime.model_validate({**runtime.model_dump(), "endpoint": endpoint.rstrip("/")})
    return Settings(**parsed)  # type: ignore[arg-type]  # SECTIONS pairs each name with its model


_S = TypeVar("_S", bound=Section)


def _section(parsed: Mapping[str, Section], model: type[_S]) -> _S:
    return next(section for section in parsed.values() if isinstance(section, model))


def _conflicts(stack: str, parsed: Mapping[str, Section], file: str) -> list[Problem]:
    """What two keys say against each other; a section that did not parse has had its say already."""
    found: list[Problem] = []
    environment, runtime, api = (parsed.get(name) for name in ("environment", "runtime", "api"))
    if isinstance(environment, Environment) and environment.name != stack:
        found.append(
            Problem(file, "environment.name", f"{environment.name} is not the name of the stack; write {stack}")
        )
    if isinstance(environment, Environment) and stack == LOCAL and environment.account != "0" * 12:
        found.append(Problem(file, "environment.account", 'the emulator has one account only; write "000000000000"'))
    if isinstance(runtime, Runtime):
        found += [
            Problem(file, "runtime." + key, text) for key, text in _runtime_conflicts(stack, environment, runtime)
        ]
    if isinstance(api, Api) and api.burst < api.throttle:
        found.append(Problem(file, "api.burst", f"{api.burst} is less than throttle; write {api.throttle} or more"))
    return found


def _runtime_conflicts(stack: str, environment: Section | None, runtime: Runtime) -> list[tuple[str, str]]:
    found = []
    if stack != LOCAL and runtime.model == OFFLINE:
        found.append(("model", "offline is for the stack local; write a Bedrock model or inference profile id"))
    if stack != LOCAL and "endpoint" in runtime.model_fields_set:
        found.append(("endpoint", "is for the stack local; remove it"))
    geography = runtime.model.split(".")[0]
    regions = GEOGRAPHIES.get(geography)
    if isinstance(environment, Environment) and regions and not environment.region.startswith(regions):
        wanted = next((name for name, starts in GEOGRAPHIES.items() if environment.region.startswith(starts)), "global")
        text = f"{runtime.model} cannot be called from {environment.region}; write a profile that begins with {wanted}."
        found.append(("model", text))
    return found


# First word of a cross-region inference profile -> how the regions begin that it may be called from.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
GEOGRAPHIES: Final[Mapping[str, tuple[str, ...]]] = {
    "us-gov": ("us-gov-",),
    "us": ("us-east-", "us-west-", "ca-"),
    "eu": ("eu-",),
    "apac": ("ap-",),
    "jp": ("ap-northeast-",),
    "au": ("ap-southeast-",),
}
