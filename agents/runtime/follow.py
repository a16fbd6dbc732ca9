"""Hot reload: agents run the newest valid configuration, and one turn never sees two versions."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.configuration.agent_config import parse_agent_config
from agents.configuration.layers import resolve
from agents.errors import InvalidError, NotFoundError, UnavailableError
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import CONFIG_APPLIED, CONFIG_REJECTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.configuration.agent_config import AgentConfig
    from agents.configuration.layers import Effective
    from agents.configuration.ports import ConfigStore
    from agents.telemetry.measures import Measures

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Configured:
    """An agent's configuration as it runs, named by its digest."""

    name: str
    digest: str
    config: AgentConfig


class Follower:
    """Gives each turn a snapshot of every agent's configuration.

    The change log's tail is read at the start of a turn, which is one cheap read, so a published version counts from
    the next turn on, also in a sandbox that was frozen in between. A version that does not validate, or a store that
    is away, leaves the last good one in force.
    """

    def __init__(
        self, store: ConfigStore, *, agents: Sequence[str], environment: str, measures: Measures = UNMEASURED
    ) -> None:
        self._store = store
        self._agents = tuple(agents)
        self._environment = environment
        self._measures = measures
        self._lock = threading.Lock()
        self._cursor: str | None = None
        self._current: Mapping[str, Configured] = {}

    def snapshot(self) -> Mapping[str, Configured]:
        """Every agent by name; raises UnavailableError only when nothing was ever read."""
        with self._lock:
            try:
                tail = self._store.tail()
                if tail != self._cursor:
                    self._current = self._load()
                    self._cursor = tail
            except UnavailableError as error:
                if not self._current:
                    raise
                log.warning("configuration store is away; the last good one stays: %s", error.message)
            return self._current

    def _load(self) -> dict[str, Configured]:
        loaded: dict[str, Configured] = {}
        try:
            resolved = resolve(self._store, self._agents, self._environment)
        except NotFoundError as error:
            raise UnavailableError(f"{error.message}, so no agent is configured", fix=error.fix) from error
        for name, effective in resolved.items():
            configured = self._configured(name, effective) or self._current.get(name)
            if configured is not None:
                loaded[name] = configured
        return loaded

    def _configured(self, name: str, effective: Effective) -> Configured | None:
        """The agent with this configuration; None when it is not valid."""
        before = self._current.get(name)
        if before is not None and before.digest == effective.digest:
            return before
        try:
            config = parse_agent_config(effective.content, where=effective.key)
        except InvalidError as error:
            log.warning("%s is not valid; the last good one stays: %s", effective.key, error.message)
            self._measures.record(CONFIG_REJECTED, agent=name)
            return None
        self._measures.record(CONFIG_APPLIED, agent=name)
        return Configured(name=name, digest=effective.digest, config=config)
