"""A store with the documents that ship, a clock that only goes on when told, and a publisher."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agents.access.policy_document import KEY as POLICY
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.access_policy import AccessPolicy
from agents.configuration.documents import Draft
from agents.configuration.publish import Publisher, Wish
from agents.runtime.registry import load_plugins
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.documents import Content, Version

START = datetime(2026, 6, 30, 12, tzinfo=UTC)
REGISTRY = load_plugins(["agents.supply_chain"])
KEY, LAYER = "agent/inventory", "env:dev"


@dataclass
class ConfigWorld:
    """Each publish of `rows` is a minute after the one before."""

    store: SqliteConfigStore
    now: datetime = START
    publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        self.publisher = self.serving("dev")

    def serving(self, environment: str) -> Publisher:
        """A publisher for an environment, over the same store."""
        policy = AccessPolicy(
            self.store, environment=environment, catalogue=CATALOGUE, agents=REGISTRY.agents, tools=REGISTRY.tools
        )
        return Publisher(
            self.store,
            agents=REGISTRY.agents,
            tools=REGISTRY.tools,
            environment=environment,
            checks={POLICY: policy.check},
            now=lambda: self.now,
        )

    def draft(self, content: Content, *, key: str = KEY, layer: str = LAYER) -> Draft:
        """A draft of the newest version."""
        head = self.publisher.head(key, layer)
        number = head.number if head else 0
        return Draft(key=key, layer=layer, content=content, author="olga", message="a reason", expected=number)

    def rows(self, rows: int, *, key: str = KEY, layer: str = LAYER) -> Version:
        self.now += timedelta(minutes=1)
        return self.publisher.publish(self.draft({"parameters": {"rows": rows}}, key=key, layer=layer))

    def wish(self, *, key: str = KEY, layer: str = LAYER) -> Wish:
        head = self.publisher.head(key, layer)
        return Wish(key=key, layer=layer, author="olga", message="", expected=head.number if head else 0)

    def numbers(self, *, key: str = KEY, layer: str = LAYER) -> list[int]:
        return [one.number for one in self.store.history(key, layer, before=None, limit=1_000)]


@contextmanager
def config_world(folder: Path) -> Iterator[ConfigWorld]:
    world: list[ConfigWorld] = []
    store = SqliteConfigStore(folder / "store.db", tenant="default", clock=lambda: world[0].now if world else START)
    store.append(
        [
            Draft(key=key, layer="base", content=content, author="it", message="It ships", expected=0)
            for key, content in {
                **{f"agent/{name}": document(name) for name in ("defaults", "inventory", "sql")},
                POLICY: document("policy", kind="access"),
            }.items()
        ]
    )
    world.append(ConfigWorld(store))
    yield world[0]
    store.close()
