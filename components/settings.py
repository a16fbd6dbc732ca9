"""A stack's settings: read once, refused whole, with every problem named by file and key.

Defaults of the sections lie at the bottom, the sizing table above them, the stack file on top. Sections are parsed
apart from each other, so a mistake in one does not hide a mistake in another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from .capabilities import BACKUP_PAIRS, missing
from .conflicts import EMULATED_ACCOUNT, Given, conflicts
from .origins import Layer, leaves, whole
from .problems import Problem, SettingsError, explain, nearest
from .sections import (
    SECTIONS,
    Agents,
    Api,
    DataSettings,
    Environment,
    Features,
    Iam,
    Keys,
    Monitoring,
    Networking,
    Project,
    Resources,
    Runtime,
    Section,
    Tags,
)
from .sizing import LOCAL, PRODUCTION, STAGING, size_name, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

__all__ = ["EMULATED_ACCOUNT", "LOCAL", "NAMESPACE", "Settings", "defaults", "given_keys", "layers_of", "load"]

NAMESPACE: Final = "quartermaster:"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a stack file says, and what follows from it."""

    environment: Environment
    project: Project
    features: Features
    runtime: Runtime
    resources: Resources
    networking: Networking
    keys: Keys
    iam: Iam
    api: Api
    monitoring: Monitoring
    agents: Agents
    data: DataSettings
    tags: Tags

    @property
    def local(self) -> bool:
        """Whether the stack runs in the emulator."""
        return self.environment.name == LOCAL

    @property
    def production(self) -> bool:
        """Whether people's work depends on the stack."""
        return self.environment.name == PRODUCTION

    @property
    def keep(self) -> bool:
        """Whether stateful resources are protected, and stay when they leave the program."""
        return self.production

    @property
    def disposable(self) -> bool:
        """Whether destroying the stack may destroy its data: everything but staging and prod."""
        return self.environment.name not in {STAGING, PRODUCTION}

    @property
    def left_out(self) -> Mapping[str, str]:
        """Features that are switched on and not to be had in the region, each with the reason."""
        region = self.environment.region
        on = (name for name, value in self.features if value is True)
        return {name: why for name in on if (why := missing(name, region))}

    def has(self, feature: str) -> bool:
        """Whether a feature is switched on and to be had. Raises AttributeError for one that does not exist."""
        return bool(getattr(self.features, feature)) and feature not in self.left_out

    @property
    def reserved_concurrency(self) -> int | None:
        """Executions reserved for each function that answers; None where the account's quota is not stated."""
        size = self.resources.lambda_
        return (size.reserved_concurrency or None) if size.concurrency_quota else None

    @property
    def provisioned_concurrency(self) -> int | None:
        """Of API and authoriser, kept warm; None where the account's quota is not stated, as they count against it."""
        size = self.resources.lambda_
        return (size.provisioned_concurrency or None) if size.concurrency_quota else None

    @property
    def copy_region(self) -> str | None:
        """Where the second copy of each backup goes, None when there is none."""
        wanted = self.resources.backup.copy_region
        if wanted == "none" or not self.has("backup"):
            return None
        return BACKUP_PAIRS[self.environment.region] if wanted == "auto" else wanted


def load(stack: str, mapping: Mapping[str, object], file: str, *, endpoint: str = "") -> Settings:
    """Settings of `stack` from the `config` mapping of `file`; `endpoint` is where the emulator listens, for local.

    Raises SettingsError with all problems. Keys of other namespaces (`pulumi:`, `aws:`) are not ours to judge.
    """
    given = _given(mapping)
    problems = [
        Problem(file, key, f"is not a section; {nearest(key, SECTIONS)}") for key in given if key not in SECTIONS
    ]
    parsed: dict[str, Section] = {}
    tree = whole(layers_of(stack, mapping, file, endpoint=endpoint))
    for name, model in SECTIONS.items():
        try:
            parsed[name] = model.model_validate(tree[name])
        except ValidationError as error:
            problems += explain(error, model, file, name)
    found = conflicts(
        Given(stack=stack, keys=given_keys(mapping)), {type(section): section for section in parsed.values()}
    )
    problems += [Problem(file, key, text) for key, text in found]
    if problems:
        raise SettingsError(problems)
    return Settings(**parsed)  # type: ignore[arg-type]  # SECTIONS pairs each name with its model


def layers_of(stack: str, mapping: Mapping[str, object], file: str, *, endpoint: str = "") -> tuple[Layer, ...]:
    """What is said of a stack, lowest first. A section of the file that is no mapping hides all below it."""
    # The emulator's port changes with each start, so what the environment says goes before the file.
    found = {"runtime": {"endpoint": endpoint.rstrip("/")}} if stack == LOCAL and endpoint else {}
    return (
        Layer(name="default", source="components/sections", tree=_defaults(stack)),
        Layer(name="sizing", source=f"components/sizing.py {size_name(stack)}", tree=size_of(stack)),
        Layer(name="stack file", source=file, tree=_given(mapping)),
        Layer(name="environment", source="AWS_ENDPOINT_URL", tree=found),
    )


def defaults(model: type[BaseModel]) -> dict[str, object]:
    """What a section says of itself, nested as in a stack file; keys that must be given are not there."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        value = field.get_default(call_default_factory=True, validated_data={})
        if isinstance(value, Section):
            found[field.alias or name] = defaults(type(value))
        elif not field.is_required():
            found[field.alias or name] = value
    return found


def given_keys(mapping: Mapping[str, object]) -> frozenset[str]:
    """Dotted keys that a stack file sets itself."""
    return frozenset(_all_keys(_given(mapping)))


def _defaults(stack: str) -> dict[str, object]:
    found: dict[str, object] = {name: defaults(model) for name, model in SECTIONS.items()}
    return {**found, "environment": {"name": stack, **defaults(Environment)}}


def _all_keys(tree: Mapping[str, object]) -> Iterator[str]:
    for name, section in tree.items():
        if isinstance(section, Mapping):
            yield from (key for key, _ in leaves({name: section}))


def _given(mapping: Mapping[str, object]) -> dict[str, object]:
    return {key.removeprefix(NAMESPACE): value for key, value in mapping.items() if key.startswith(NAMESPACE)}
