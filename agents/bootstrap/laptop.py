"""Builds the platform of a laptop: settings -> adapters -> services -> application."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.access.attributes import TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.measured import MeasuredGateway
from agents.access.personas import principal
from agents.access.principal import Caller, Claims
from agents.adapters.duckdb import DuckDbEngine
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LIFETIME_S, LocalIssuer
from agents.adapters.offline_model.model import OfflineModel
from agents.adapters.prometheus import PrometheusMeasures
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.bootstrap.common import PLUGINS, new_id, now
from agents.cli.laptop import Laptop, unknown_person
from agents.configuration.documents import Draft, check_address
from agents.configuration.publish import Publisher
from agents.contract import DEFAULT_TENANT
from agents.errors import ConflictError
from agents.runtime.assistant import Assistant
from agents.runtime.follow import Follower
from agents.runtime.measured import MeasuredModel
from agents.runtime.registry import load_plugins
from agents.runtime.tool_runner import LocalTools
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE, POLICY
from agents.supply_chain.sample import AS_OF, ensure_sample
from agents.supply_chain.sample_people import OPERATOR, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp

    from agents.configuration.ports import ConfigStore
    from agents.runtime.registry import Registry
    from agents.supply_chain.sample_people import Person

HOME: Final = "QM_HOME"  # where a laptop keeps its state; var/laptop of the checkout unless set


def laptop(*, environment: str) -> Laptop:
    """The platform in this process, over files in the home folder; makes the sample data when it is not there."""
    check_address("agent/defaults", f"env:{environment}")
    home = home_folder()
    ensure_sample(home / "data")
    measures = PrometheusMeasures()
    engine = DuckDbEngine(home / "data")
    gateway = SqlGateway(engine, TableAttributes(engine, clock=time.monotonic), catalogue=CATALOGUE, policy=POLICY)
    registry = load_plugins(PLUGINS)
    store = SqliteConfigStore(home / "configuration.db", tenant=DEFAULT_TENANT, clock=now)
    seed(store, registry)
    issuer = LocalIssuer(home / "issuer.pem", clock=time.time)
    model = MeasuredModel(OfflineModel(), measures)
    assistant = Assistant(
        registry=registry,
        follower=Follower(store, agents=sorted(registry.agents), environment=environment, measures=measures),
        policy=POLICY,
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
        store, agents=registry.agents, tools=registry.tools, environment=environment, measures=measures
    )

    def token(name: str) -> str:
        person = _person(name)
        return issuer.token(person.subject, person.groups)

    def caller(name: str) -> Caller:
        person = _person(name)
        claims = Claims(subject=person.subject, groups=frozenset(person.groups), expires_at=time.time() + LIFETIME_S)
        return Caller(principal=principal(claims, persona=None, tenant=DEFAULT_TENANT), token="")

    def app(hosts: Collection[str]) -> ASGIApp:
        # Only a server needs these, and they take longer to import than an answer takes.
        from agents.access.sign_in import SignIn  # noqa: PLC0415
        from agents.access.tokens import Verifier  # noqa: PLC0415
        from agents.api.app import create_app  # noqa: PLC0415
        from agents.api.metrics import show_metrics  # noqa: PLC0415

        verifier = Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time)
        application = create_app(
            assistant=assistant,
            publisher=publisher,
            sign_in=SignIn(verifier, DEFAULT_TENANT, measures),
            hosts=hosts,
            new_id=new_id,
        )
        show_metrics(application, measures.text)
        return application

    return Laptop(assistant=assistant, publisher=publisher, caller=caller, token=token, app=app)


def seed(store: ConfigStore, registry: Registry) -> None:
    """Stores the base layers that ship with the plugins and are not there yet; those that are stay as they are."""
    contents = {"defaults": document("defaults")} | {a.name: a.defaults for a in registry.agents.values()}
    addresses = [(f"agent/{name}", "base") for name in contents]
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


def home_folder() -> Path:
    """QM_HOME, or var/laptop in the checkout, or in the working folder when installed as a wheel."""
    if chosen := os.environ.get(HOME):
        home = Path(chosen).resolve()
    else:
        checkout = Path(__file__).resolve().parents[2]
        home = (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / "var" / "laptop"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)  # conversations hold what people asked and were told
    return home


def _person(name: str) -> Person:
    people = {person.persona: person for person in (*PEOPLE, OPERATOR)}
    if name not in people:
        raise unknown_person(name, tuple(people))
    return people[name]
