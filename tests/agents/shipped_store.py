"""A store of configuration with agents as they ship."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.common import now
from agents.configuration.documents import Draft
from agents.supply_chain import document

if TYPE_CHECKING:
    from pathlib import Path


def shipped_store(folder: Path, *agents: str) -> SqliteConfigStore:
    """The store of a folder, with the base of these agents and of the defaults."""
    store = SqliteConfigStore(folder / "configuration.db", tenant="default", clock=now)
    store.append(
        [
            Draft(key=f"agent/{name}", layer="base", content=document(name), author="", message="", expected=0)
            for name in ("defaults", *agents)
        ]
    )
    return store
