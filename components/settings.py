"""A stack's settings: read once, refused whole, with every problem named by file and key.

Sections are parsed apart from each other, so a mistake in one does not hide a mistake in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from .bedrock import OFFLINE, callable_from, geography_of
from .problems import Problem, SettingsError, explain, nearest
from .sections import SECTIONS, Api, DataSettings, Environment, Project, Resources, Runtime, Section, Tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOCAL: Final = "local"
NAMESPACE: Final = "quartermaster:"
EMULATED_ACCOUNT: Final = "000000000000"


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
    """Settings of `stack` from the `config` mapping of `file`; `endpoint` is where the emulator listens, for local.

    Raises SettingsError with all problems. Keys of other namespaces (`pulumi:`, `aws:`) are not ours to judge.
    """
    given = {key.removeprefix(NAMESPACE): value for key, value in mapping.items() if key.startswith(NAMESPACE)}
    problems = [
        Problem(file, key, f"is not a section; {nearest(key, SECTIONS)}") for key in given if key not in SECTIONS
    ]
    parsed: dict[str, Section] = {}
    for name, model in SECTIONS.items():
        try:
            parsed[name] = model.model_validate(_with_endpoint(name, given.get(name, {}), stack, endpoint))
        except ValidationError as error:
            problems += explain(error, model, file, name)
    problems += [Problem(file, key, text) for key, text in _conflicts(stack, parsed)]
    if problems:
        raise SettingsError(problems)
    return Settings(**parsed)  # type: ignore[arg-type]  # SECTIONS pairs each name with its model


def _with_endpoint(section: str, given: object, stack: str, endpoint: str) -> object:
    """The emulator's address as found in the environment goes before the file's: its port changes with each start."""
    if section == "runtime" and stack == LOCAL and endpoint and isinstance(given, dict):
        return {**given, "endpoint": endpoint.rstrip("/")}
    return given


def _conflicts(stack: str, parsed: Mapping[str, Section]) -> Iterator[tuple[str, str]]:
    """What two keys say against each other; a section that did not parse has had its say already."""
    environment, runtime, api = (parsed.get(name) for name in ("environment", "runtime", "api"))
    if isinstance(environment, Environment):
        if environment.name != stack:
            yield "environment.name", f"{environment.name} is not the name of the stack; write {stack}"
        if stack == LOCAL and environment.account != EMULATED_ACCOUNT:
            yield "environment.account", f'the emulator has one account only; write "{EMULATED_ACCOUNT}"'
    if isinstance(runtime, Runtime) and stack != LOCAL:
        if runtime.model == OFFLINE:
            yield "runtime.model", "offline is for the stack local; write a Bedrock model or inference profile id"
        if "endpoint" in runtime.model_fields_set:
            yield "runtime.endpoint", "is for the stack local; remove it"
    if isinstance(runtime, Runtime) and isinstance(environment, Environment):
        region = environment.region
        if not callable_from(runtime.model, region):
            wanted = geography_of(region)
            yield "runtime.model", f"{runtime.model} cannot be called from {region}; write one of {wanted}. instead"
    if isinstance(api, Api) and api.burst < api.throttle:
        yield "api.burst", f"{api.burst} is less than throttle; write {api.throttle} or more"
