"""Conflicts of what agents have and answer from: data, its residency, secrets, lists that name a thing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from components.bedrock import regions_of
from components.capabilities import BACKUP_PAIRS
from components.lake_source import source_of
from components.lake_views import source_problems
from components.naming import Kind, Names
from components.sections import Agents, DataSettings, Environment, Features, Monitoring, Project, Resources, Runtime
from components.sizing import PRODUCTION

from .base import EMULATED_ACCOUNT, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .base import Check, Conflict, Given


def _residency(
    _: Given, environment: Environment, runtime: Runtime, features: Features, resources: Resources, data: DataSettings
) -> Iterator[Conflict]:
    if not data.residency:
        return
    allowed = set(data.residency)
    may = f"data.residency allows {', '.join(sorted(allowed))}"
    if environment.region not in allowed:
        yield "environment.region", f"{environment.region} is not where data may be; {may}; write one of them"
    copy = resources.backup.copy_region
    copy = BACKUP_PAIRS.get(environment.region, "none") if copy == "auto" else copy
    if features.backup and copy != "none" and copy not in allowed:
        yield "resources.backup.copy_region", f"{copy} would hold a copy of the data; {may}; write one of them, or none"
    outside = regions_of(runtime.model, environment.region) - allowed - {environment.region}
    if outside:
        yield (
            "runtime.model",
            f"{runtime.model} may process in {', '.join(sorted(outside))}; {may}; write a model of one region",
        )


def _lake(given: Given, environment: Environment, project: Project, data: DataSettings) -> Iterator[Conflict]:
    source = source_of(data)
    if source is None:
        if named := given.below("data.source"):
            yield named[0], "is for an existing lake; write data.create: false, or remove data.source"
        return
    names = Names(
        prefix=project.prefix, environment=environment.name, account=EMULATED_ACCOUNT, region=environment.region
    )
    yield from source_problems(source, own_database=data.database or names.name(Kind.DATABASE, "lake"))


def _today(given: Given, data: DataSettings) -> Iterator[Conflict]:
    if given.stack == PRODUCTION and data.as_of:
        words = f"{data.as_of} would be today for ever, and every order be judged by it"
        yield "data.as_of", f"{words}; remove it, it is for sample data"


def _secrets(_: Given, agents: Agents) -> Iterator[Conflict]:
    for place, name in enumerate(agents.secrets):
        if name.startswith("aws_"):
            words = f"{name} reads like AWS's own credentials, which functions have from their role"
            yield f"agents.secrets.{place}", f"{words}; choose another name, for example carrier_api_key"


def _lists(_: Given, agents: Agents, monitoring: Monitoring, data: DataSettings) -> Iterator[Conflict]:
    yield from twice("agents.secrets", agents.secrets)
    yield from twice("agents.outbound_urls", agents.outbound_urls)
    yield from twice("monitoring.alarm_emails", [address.lower() for address in monitoring.alarm_emails])
    yield from twice("data.residency", data.residency)
    yield from twice("data.source.locations", data.source.locations)


CONTENT_CHECKS: Final[tuple[Check, ...]] = (
    (_residency, (Environment, Runtime, Features, Resources, DataSettings)),
    (_lake, (Environment, Project, DataSettings)),
    (_today, (DataSettings,)),
    (_secrets, (Agents,)),
    (_lists, (Agents, Monitoring, DataSettings)),
)
