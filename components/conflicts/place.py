"""Conflicts of whose the stack is and where: names, account, region, model, processor, keys, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from components.bedrock import OFFLINE, callable_from, geography_of
from components.capabilities import has_arm, impossible
from components.naming import Names
from components.sections import Environment, Iam, Keys, Project, Resources, Runtime, Tags
from components.sizing import LOCAL, SIZES
from components.tags import HOUSE_TAGS

from .base import EMULATED_ACCOUNT, foreign, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .base import Check, Conflict, Given

# A stack called like this would be sized, and thrown away, like a preview.
_LIKE: Final = {"prod": "prod", "prd": "prod", "live": "prod", "stag": "staging"}
_HOUSE_KEYS: Final = {"Project": "project.name", "Owner": "project.owner", "CostCenter": "project.cost_center"}


def _names_of_stack(given: Given, environment: Environment, project: Project) -> Iterator[Conflict]:
    name = environment.name
    if name != given.stack:
        yield "environment.name", f"{name} is not the name of the stack; write {given.stack}"
    meant = next((meant for start, meant in _LIKE.items() if name.startswith(start)), None)
    if meant and name not in SIZES:
        yield "environment.name", f"{name} would have the size of dev, and nothing in it be kept; call it {meant}"
    first, _, last = name.rpartition("-")
    if first and last in SIZES:
        # Whoever matches the names of `last` by their end would take those of this one for them.
        yield "environment.name", f"{name} ends as the names of {last} do; write {first}, or end it differently"
    names = Names(prefix=project.prefix, environment=name, account=EMULATED_ACCOUNT, region=environment.region)
    for one in names.refused():
        key, value, example = {
            "prefix": ("project.prefix", project.prefix, "qm"),
            "environment": ("environment.name", name, "pr-123"),
        }[one.part]
        words = f"{value} makes a {one.kind.value} name with the word {one.word}, which AWS refuses"
        yield key, f"{words}; for example {key}: {example}"


def _account(given: Given, environment: Environment) -> Iterator[Conflict]:
    emulated = environment.account == EMULATED_ACCOUNT
    if given.stack == LOCAL and not emulated:
        yield "environment.account", f'the emulator has one account only; write "{EMULATED_ACCOUNT}"'
    if given.stack != LOCAL and emulated:
        yield "environment.account", f"{EMULATED_ACCOUNT} is the emulator's; write auto, or the 12 digits of yours"


def _region(_: Given, environment: Environment) -> Iterator[Conflict]:
    if why := impossible(environment.region):
        yield "environment.region", f"{environment.region} cannot be deployed to: {why}; for example us-east-1"


def _model(given: Given, environment: Environment, runtime: Runtime) -> Iterator[Conflict]:
    if given.stack != LOCAL:
        if runtime.model == OFFLINE:
            yield "runtime.model", "offline is for the stack local; write a Bedrock model or inference profile id"
        if "runtime.endpoint" in given.keys:
            yield "runtime.endpoint", "is for the stack local; remove it"
    region = environment.region
    if not callable_from(runtime.model, region) and not impossible(region):
        wanted = geography_of(region)
        yield "runtime.model", f"{runtime.model} cannot be called from {region}; write one of {wanted}. instead"


def _packaging(_: Given, environment: Environment, runtime: Runtime, resources: Resources) -> Iterator[Conflict]:
    architecture = resources.lambda_.architecture
    if architecture == "arm64" and not has_arm(environment.region):
        yield (
            "resources.lambda.architecture",
            f"arm64 with packaging {runtime.packaging} does not run in {environment.region}; write x86_64",
        )


def _yours(_: Given, environment: Environment, keys: Keys, iam: Iam) -> Iterator[Conflict]:
    if keys.existing:
        yield from foreign("keys.existing", keys.existing, environment)
    if iam.permissions_boundary:
        yield from foreign("iam.permissions_boundary", iam.permissions_boundary, environment, regional=False)


def _tags(_: Given, tags: Tags) -> Iterator[Conflict]:
    house = {key.lower(): key for key in HOUSE_TAGS}
    seen: dict[str, str] = {}
    for key in tags.custom:
        # IAM takes no two keys that differ in case only.
        if own := house.get(key.lower()):
            instead = f"write {_HOUSE_KEYS[own]}" if own in _HOUSE_KEYS else "remove it"
            yield f"tags.custom.{key}", f"the stack sets {own} itself; {instead}"
        elif first := seen.get(key.lower()):
            yield f"tags.custom.{key}", f"differs from {first} in case only, which AWS refuses; keep one"
        seen.setdefault(key.lower(), key)
    for key in tags.required:
        if key not in tags.custom and key not in HOUSE_TAGS:
            yield "tags.custom", f"lacks the required tag {key}; for example {key}: supply-chain"
    yield from twice("tags.required", tags.required)


PLACE_CHECKS: Final[tuple[Check, ...]] = (
    (_names_of_stack, (Environment, Project)),
    (_account, (Environment,)),
    (_region, (Environment,)),
    (_model, (Environment, Runtime)),
    (_packaging, (Environment, Runtime, Resources)),
    (_yours, (Environment, Keys, Iam)),
    (_tags, (Tags,)),
)
