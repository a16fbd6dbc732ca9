"""What settings say against each other, against AWS, and against production; each as a key and a sentence.

A check names the sections that it takes; one that did not parse has had its say already, so the check is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from .bedrock import OFFLINE, callable_from, geography_of, regions_of
from .capabilities import BACKUP_PAIRS, has_arm
from .conflicts_reach import REACH_CHECKS
from .naming import Names
from .sections import (
    Agents,
    DataSettings,
    Environment,
    Features,
    Iam,
    Keys,
    Monitoring,
    Project,
    Resources,
    Runtime,
    Section,
    Tags,
)
from .sizing import LOCAL, PRODUCTION
from .tags import HOUSE_TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Check: TypeAlias = tuple[Callable[..., Iterator["Conflict"]], tuple[type[Section], ...]]

Conflict: TypeAlias = tuple[str, str]  # key below the namespace, and what is wrong with what to write instead

EMULATED_ACCOUNT: Final = "000000000000"
UNRESERVED: Final = 100  # executions that Lambda wants left to the account's other functions
ANSWERING: Final = 2  # functions that concurrency is reserved for: the API and the gateway


@dataclass(frozen=True, kw_only=True)
class Given:
    """The stack's name, and the keys that its file sets itself, dotted."""

    stack: str
    keys: frozenset[str]


def conflicts(given: Given, sections: Mapping[type[Section], Section]) -> Iterator[Conflict]:
    """Every conflict between sections that parsed."""
    for check, kinds in (*_CHECKS, *REACH_CHECKS):
        if all(kind in sections for kind in kinds):
            yield from check(given, *(sections[kind] for kind in kinds))


def _names_of_stack(given: Given, environment: Environment, project: Project) -> Iterator[Conflict]:
    if environment.name != given.stack:
        yield "environment.name", f"{environment.name} is not the name of the stack; write {given.stack}"
    names = Names(
        prefix=project.prefix, environment=environment.name, account=EMULATED_ACCOUNT, region=environment.region
    )
    for kind, word in names.refused().items():
        key, value = ("project.prefix", project.prefix)
        if word in environment.name:
            key, value = ("environment.name", environment.name)
        yield key, f"{value} makes a {kind.value} name with the word {word}, which AWS refuses; for example {key}: qm"


def _local_account(given: Given, environment: Environment) -> Iterator[Conflict]:
    if given.stack == LOCAL and environment.account != EMULATED_ACCOUNT:
        yield "environment.account", f'the emulator has one account only; write "{EMULATED_ACCOUNT}"'


def _model(given: Given, environment: Environment, runtime: Runtime) -> Iterator[Conflict]:
    if given.stack != LOCAL:
        if runtime.model == OFFLINE:
            yield "runtime.model", "offline is for the stack local; write a Bedrock model or inference profile id"
        if "runtime.endpoint" in given.keys:
            yield "runtime.endpoint", "is for the stack local; remove it"
    region = environment.region
    if not callable_from(runtime.model, region):
        wanted = geography_of(region)
        yield "runtime.model", f"{runtime.model} cannot be called from {region}; write one of {wanted}. instead"


def _packaging(_: Given, environment: Environment, runtime: Runtime, resources: Resources) -> Iterator[Conflict]:
    architecture = resources.lambda_.architecture
    if architecture == "arm64" and not has_arm(environment.region):
        yield (
            "resources.lambda.architecture",
            f"arm64 with packaging {runtime.packaging} does not run in {environment.region}; write x86_64",
        )


def _concurrency(given: Given, resources: Resources) -> Iterator[Conflict]:
    size = resources.lambda_
    key = "resources.lambda.reserved_concurrency"
    if not size.concurrency_quota:
        if key in given.keys and size.reserved_concurrency:
            example = "resources.lambda.concurrency_quota: 1000"
            yield key, f"needs the account's quota, of which Lambda keeps {UNRESERVED}; say it, for example {example}"
        return
    reserved, most = size.reserved_concurrency * ANSWERING, max(0, size.concurrency_quota - UNRESERVED)
    if reserved > most:
        words = f"{size.reserved_concurrency} for each of {ANSWERING} functions is above the quota of"
        left = f"of which {UNRESERVED} stay unreserved; write {most // ANSWERING} or less"
        yield key, f"{words} {size.concurrency_quota}, {left}"
    if size.reserved_concurrency and size.provisioned_concurrency > size.reserved_concurrency:
        yield (
            "resources.lambda.provisioned_concurrency",
            f"{size.provisioned_concurrency} is above reserved_concurrency; write {size.reserved_concurrency} or less",
        )


def _capacity(given: Given, resources: Resources) -> Iterator[Conflict]:
    size = resources.dynamodb
    for name in ("read_capacity", "write_capacity"):
        key = f"resources.dynamodb.{name}"
        if size.billing_mode == "on_demand":
            if key in given.keys:
                yield key, "is for billing_mode: provisioned; remove it, or set billing_mode"
        elif getattr(size, name) > size.max_capacity:
            yield key, f"{getattr(size, name)} is above max_capacity; write {size.max_capacity} or less"


def _production(given: Given, features: Features, resources: Resources) -> Iterator[Conflict]:
    if given.stack != PRODUCTION:
        return
    for feature in ("multi_az", "backup", "vpc"):
        if not getattr(features, feature):
            yield f"features.{feature}", "false is not for production; write true, or remove it"
    if not resources.dynamodb.point_in_time_recovery:
        yield "resources.dynamodb.point_in_time_recovery", "false is not for production; write true, or remove it"


def _backup_copy(_: Given, environment: Environment, features: Features, resources: Resources) -> Iterator[Conflict]:
    if not features.backup:
        return
    key, copy, region = "resources.backup.copy_region", resources.backup.copy_region, environment.region
    if copy == "auto" and region not in BACKUP_PAIRS:
        yield key, f"no region is paired with {region}; write one of your own, for example us-west-2, or none"
    if copy == region:
        yield key, f"{copy} is where the first copy is; write another region, or none"


def _residency(
    _: Given, environment: Environment, runtime: Runtime, features: Features, resources: Resources, data: DataSettings
) -> Iterator[Conflict]:
    if not data.residency:
        return
    allowed = set(data.residency)
    may = f"data.residency allows {', '.join(sorted(allowed))}"
    if environment.region not in allowed:
        yield "environment.region", f"{environment.region} is not where data may be; {may}"
    copy = resources.backup.copy_region
    copy = BACKUP_PAIRS.get(environment.region, "none") if copy == "auto" else copy
    if features.backup and copy != "none" and copy not in allowed:
        yield "resources.backup.copy_region", f"{copy} would hold a copy of the data; {may}; write one of them, or none"
    outside = regions_of(runtime.model, environment.region) - allowed
    if outside:
        yield (
            "runtime.model",
            f"{runtime.model} may process in {', '.join(sorted(outside))}; {may}; write a model of one region",
        )


def _key(_: Given, environment: Environment, keys: Keys, iam: Iam) -> Iterator[Conflict]:
    if keys.existing:
        region, account = keys.existing.split(":")[3:5]
        if region != environment.region:
            yield "keys.existing", f"the key is in {region}, the stack in {environment.region}; name one from there"
        yield from _same_account("keys.existing", account, environment)
    if iam.permissions_boundary:
        account = iam.permissions_boundary.split(":")[4]
        if account != "aws":
            yield from _same_account("iam.permissions_boundary", account, environment)


def _same_account(key: str, account: str, environment: Environment) -> Iterator[Conflict]:
    if environment.pinned and account != environment.account:
        yield key, f"is of account {account}, the stack of {environment.account}; name one of that account"


def _tags(_: Given, tags: Tags) -> Iterator[Conflict]:
    for key in tags.required:
        if key not in tags.custom and key not in HOUSE_TAGS:
            yield "tags.custom", f"lacks the required tag {key}; for example {key}: supply-chain"


def _lake(given: Given, data: DataSettings) -> Iterator[Conflict]:
    named = sorted(key for key in given.keys if key.startswith("data.source."))
    if data.create:
        if named:
            yield named[0], "is for an existing lake; write data.create: false, or remove data.source"
        return
    if not data.source.database:
        yield "data.source.database", "is missing; write the Glue database of the lake that exists, for example erp"
    if not data.source.locations:
        yield "data.source.locations", "is missing; write where its files lie, for example [s3://acme-lake/erp/]"
    if data.database and data.database == data.source.database:
        yield "data.database", f"{data.database} is the lake that exists; the views need a database of their own"


def _twice(_: Given, agents: Agents, monitoring: Monitoring) -> Iterator[Conflict]:
    lists = {
        "agents.secrets": agents.secrets,
        "agents.outbound_urls": agents.outbound_urls,
        "monitoring.alarm_emails": monitoring.alarm_emails,
    }
    for key, values in lists.items():
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield key, f"names {value} twice; write it once"


_CHECKS: Final[tuple[Check, ...]] = (
    (_names_of_stack, (Environment, Project)),
    (_local_account, (Environment,)),
    (_model, (Environment, Runtime)),
    (_packaging, (Environment, Runtime, Resources)),
    (_concurrency, (Resources,)),
    (_capacity, (Resources,)),
    (_production, (Features, Resources)),
    (_backup_copy, (Environment, Features, Resources)),
    (_residency, (Environment, Runtime, Features, Resources, DataSettings)),
    (_key, (Environment, Keys, Iam)),
    (_tags, (Tags,)),
    (_lake, (DataSettings,)),
    (_twice, (Agents, Monitoring)),
)
