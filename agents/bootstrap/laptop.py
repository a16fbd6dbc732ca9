"""Builds the platform of a laptop: settings -> adapters -> services -> application."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Final

from agents.access.api_keys import ApiKeys
from agents.access.attributes import TableAttributes
from agents.access.audit import Audit
from agents.access.explain import Access
from agents.access.gateway import SqlGateway
from agents.access.key_service import ApiKeyService
from agents.access.measured import MeasuredGateway, MeasuredLog
from agents.access.personas import principal
from agents.access.policy_document import KEY as POLICY
from agents.access.principal import Caller, Claims
from agents.access.result_cache import ResultCache
from agents.adapters.duckdb import DuckDbEngine
from agents.adapters.local_anchors import LocalAnchors
from agents.adapters.local_issuer import LIFETIME_S, LocalIssuer
from agents.adapters.local_signer import LocalSigner
from agents.adapters.offline_model.model import OfflineModel
from agents.adapters.prometheus import PrometheusMeasures
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.bootstrap.base_documents import shipped_documents
from agents.bootstrap.common import PLUGINS, new_id, now
from agents.bootstrap.laptop_home import STORE, home_folder
from agents.bootstrap.laptop_instance import ending_in_order, instance_name, serving_as
from agents.bootstrap.laptop_store import open_store
from agents.cli.laptop import Laptop, unknown_person
from agents.configuration.access_policy import AccessPolicy
from agents.configuration.api_keys import DocumentKeyStore
from agents.configuration.applied import AppliedStates
from agents.configuration.deployed import Deployed
from agents.configuration.documents import Draft, check_address
from agents.configuration.feed import Feed, HeardStore
from agents.configuration.publish import Publisher
from agents.configuration.retention import prune_versions
from agents.contract import DEFAULT_TENANT
from agents.errors import ConflictError
from agents.runtime.acks import Acks
from agents.runtime.assistant import Assistant
from agents.runtime.follow import Follower
from agents.runtime.following import LOCAL_S, following
from agents.runtime.jobs import anchor_audit, check_configurations, run_jobs
from agents.runtime.last_good import LastGood, key_of
from agents.runtime.last_policy import LastPolicy
from agents.runtime.measured import MeasuredModel
from agents.runtime.registry import load_plugins
from agents.runtime.tool_runner import LocalTools
from agents.supply_chain.policy import CATALOGUE
from agents.supply_chain.sample import AS_OF, ensure_sample
from agents.supply_chain.sample_people import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from starlette.types import ASGIApp

    from agents.configuration.ports import ConfigStore
    from agents.runtime.registry import Registry
    from agents.supply_chain.sample_people import Person

_OFFLINE_ONLY: Final = Deployed(model="offline", models=frozenset({"offline"}))


def laptop(*, environment: str) -> Laptop:
    """The platform in this process, over files in the home folder; makes the sample data when it is not there."""
    check_address("agent/defaults", f"env:{environment}")
    home = home_folder()
    ensure_sample(home / "data")
    measures = PrometheusMeasures()
    engine = DuckDbEngine(home / "data")
    registry = load_plugins(PLUGINS)
    key, scope = key_of(home / "last-good.key"), f"{DEFAULT_TENANT}/{environment}"
    last_good = LastGood(home / "last-good", key=key, scope=scope)
    kept = open_store(
        home / STORE,
        fill=lambda store: seed(store, registry),
        last_good=lambda: any(map(last_good.read, registry.agents)),
    )
    feed, news = Feed(kept), threading.Event()

    def heard() -> None:
        feed.wake()
        news.set()

    store = HeardStore(kept, heard)
    instances = SqliteInstanceStore(home / "instances.db", tenant=DEFAULT_TENANT, clock=now)
    instance = instance_name(home)
    states = AppliedStates(store=store, instances=instances, agents=registry.agents, environment=environment, now=now)
    follower = Follower(
        store,
        agents=sorted(registry.agents),
        environment=environment,
        last_good=last_good,
        instance=instance,
        acks=Acks(states, instance=instance, now=now, clock=time.monotonic),
        measures=measures,
    )
    follower.tells = False  # a command that asks one question is no instance; a server says it is: see `follow`
    published = AccessPolicy(
        store, environment=environment, catalogue=CATALOGUE, agents=registry.agents, tools=registry.tools
    )
    policy = LastPolicy(
        published,
        store,
        environment=environment,
        catalogue=CATALOGUE,
        kept=LastGood(home / "last-policy", key=key, scope=scope),
        clock=time.time,
    )
    audit_log = SqliteAuditLog(home / "audit.db", tenant=DEFAULT_TENANT, clock=now)
    anchors = LocalAnchors(home / "anchors")
    signer = LocalSigner(home / "audit.pem")
    audit = Audit(MeasuredLog(audit_log, measures), tenant=DEFAULT_TENANT, now=now, new_id=new_id)
    gateway = SqlGateway(
        engine,
        TableAttributes(engine, clock=time.monotonic),
        catalogue=CATALOGUE,
        policy=policy,
        decisions=audit,
        results=ResultCache(measures=measures),
    )
    keys = DocumentKeyStore(store)
    known_keys = ApiKeys(keys, clock=time.time)
    key_service = ApiKeyService(keys, clock=time.time, random=os.urandom, changed=known_keys.forget)
    access = Access(
        policy,
        CATALOGUE,
        agents=registry.agents,
        tools={name: tool.personas for name, tool in registry.tools.items()},
    )
    issuer = LocalIssuer(home / "issuer.pem", clock=time.time)
    model = MeasuredModel(OfflineModel(), measures)
    assistant = Assistant(
        registry=registry,
        follower=follower,
        policy=policy,
        decisions=audit,
        runner=LocalTools(gateway=MeasuredGateway(gateway, measures), today=lambda: AS_OF),
        dialect=gateway.dialect,
        conversations=SqliteConversationStore(home / "conversations.db", clock=now),
        models={"default": model, "offline": model},
        now=now,
        today=lambda: AS_OF,
        random=os.urandom,
        measures=measures,
    )
    publisher = Publisher(
        store,
        agents=registry.agents,
        tools=registry.tools,
        environment=environment,
        checks={POLICY: published.check},
        deployed=_OFFLINE_ONLY,
        measures=measures,
    )
    jobs = {
        "check_configurations": check_configurations(
            store,
            agents=registry.agents,
            tools=registry.tools,
            checks={POLICY: published.check},
            environment=environment,
            measures=measures,
            deployed=_OFFLINE_ONLY,
            now=now,
        ),
        "prune_versions": prune_versions(store, kept, instances=instances, now=now),
        "anchor_audit": anchor_audit(audit_log, anchors, signer, tenant=DEFAULT_TENANT, now=now),
        "prune_audit": audit_log.prune,
        "keep_policy": policy.keep,
    }

    def token(name: str) -> str:
        person = _person(name)
        return issuer.token(person.subject, person.groups)

    def caller(name: str) -> Caller:
        person = _person(name)
        claims = Claims(subject=person.subject, groups=frozenset(person.groups), expires_at=time.time() + LIFETIME_S)
        return Caller(principal=principal(claims, persona=None, tenant=DEFAULT_TENANT), token="")

    def app(hosts: Collection[str]) -> ASGIApp:
        # Only a server needs it, and it takes longer to import than an answer takes.
        from agents.bootstrap.laptop_app import laptop_app  # noqa: PLC0415

        return laptop_app(
            platform,
            hosts,
            issuer=issuer,
            keys=known_keys,
            audit=audit,
            feed=feed,
            measures=measures,
            policy=policy,
        )

    @contextlib.contextmanager
    def follow() -> Iterator[None]:
        with ending_in_order(), serving_as(instance, home), following(follower, every_s=LOCAL_S, news=news):
            yield

    platform = Laptop(
        home=home,
        assistant=assistant,
        publisher=publisher,
        states=states,
        access=access,
        keys=key_service,
        audit_log=audit_log,
        anchors=anchors,
        signer=signer,
        caller=caller,
        token=token,
        app=app,
        follow=follow,
        jobs=lambda deadline: run_jobs(jobs, deadline=deadline, measures=measures),
    )
    return platform


def seed(store: ConfigStore, registry: Registry) -> None:
    """Stores the base layers that ship with the plugins and are not there yet; those that are stay as they are."""
    contents = shipped_documents(registry)
    addresses = [(key, "base") for key in contents]
    drafts = [
        Draft(
            key=key,
            layer=layer,
            content=content,
            author="quartermaster",
            message="The base document that ships",
            expected=0,
        )
        for (key, layer), content, head in zip(addresses, contents.values(), store.heads(addresses), strict=True)
        if head is None
    ]
    if drafts:
        with contextlib.suppress(ConflictError):  # another process was first, with the same documents
            store.append(drafts)


def _person(name: str) -> Person:
    people = {person.subject: person for person in EVERYBODY}
    people |= {person.groups[0]: person for person in EVERYBODY if len(person.groups) == 1}
    if name not in people:
        raise unknown_person(name, tuple(people))
    return people[name]
