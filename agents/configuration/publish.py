"""Publishing: a document is checked as it would run, then appended.

The check reads the other layers as they are at that moment. Two people who publish two layers at once can each pass
and not fit together; then agents keep the last good configuration, the next publish of either is told why, and the
worker reports it (`agents.configuration.validity`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.configuration.agent_config import check_config
from agents.configuration.documents import Draft, check_address, check_draft
from agents.configuration.layers import addresses, merge
from agents.errors import ConflictError, InvalidError
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import CONFIG_CONFLICTS, CONFIG_PUBLISHES, CONFIG_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Collection

    from agents.configuration.documents import Content, Version
    from agents.configuration.ports import ConfigStore
    from agents.telemetry.measures import Measures


class Publisher:
    """Validates drafts against the agents and tools that are installed, and appends them.

    `agents` and `tools` are the registered names; `environment` is the one this store serves.
    """

    def __init__(
        self,
        store: ConfigStore,
        *,
        agents: Collection[str],
        tools: Collection[str],
        environment: str,
        measures: Measures = UNMEASURED,
    ) -> None:
        self._store = store
        self._agents = frozenset(agents)
        self._tools = frozenset(tools)
        self._environment = environment
        self._measures = measures

    def publish(self, draft: Draft) -> Version:
        """The stored version; raises InvalidError with every problem, or ConflictError when the head moved."""
        try:
            check_draft(draft)
            self._check(draft)
            version = self._store.append([draft]).versions[0]
        except InvalidError:
            self._measures.record(CONFIG_REFUSALS)
            raise
        except ConflictError:
            self._measures.record(CONFIG_CONFLICTS)
            raise
        self._measures.record(CONFIG_PUBLISHES)
        return version

    def head(self, key: str, layer: str) -> Version | None:
        """The newest version of one layer, None when it is empty."""
        check_address(key, layer)
        return self._store.heads([(key, layer)])[0]

    def _check(self, draft: Draft) -> None:
        kind, name = draft.key.split("/")
        if kind != "agent":
            raise InvalidError(
                f"documents of kind {kind!r} cannot be published yet", fix="Publish agent/NAME documents."
            )
        served = ("base", f"env:{self._environment}")
        if draft.layer not in served:  # nothing would read it, so nothing could check it
            raise InvalidError(f"nothing here runs the layer {draft.layer}", fix=f"Publish to {' or '.join(served)}.")
        # A change of the defaults changes every agent, so each of them must still be valid.
        names = self._agents if name == "defaults" else {name}
        if unknown := sorted(names - self._agents):
            raise InvalidError(f"there is no agent {unknown[0]!r}", fix=f"Agents: {', '.join(sorted(self._agents))}.")
        for agent in sorted(names):
            self._check_agent(agent, draft)

    def _check_agent(self, agent: str, draft: Draft) -> None:
        wanted = addresses(agent, self._environment)
        contents = [
            draft.content if address == (draft.key, draft.layer) else head.content if head else None
            for address, head in zip(wanted, self._store.heads(wanted), strict=True)
        ]
        self._check_merged([content for content in contents if content is not None], draft)

    def _check_merged(self, contents: list[Content], draft: Draft) -> None:
        merged: Content = {}
        for content in contents:
            merged = merge(merged, content)
        check_config(merged, tools=self._tools, where=f"{draft.key} ({draft.layer})")
