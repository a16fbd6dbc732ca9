"""Publishing: a document is checked as it would run, then appended.

The check reads the other layers as they are at that moment. Two people who publish two layers at once can each pass
and not fit together; then agents keep the last good configuration, the next publish of either is told why, and the
worker reports it (`agents.configuration.validity`).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from agents.configuration.access_policy import served_layers
from agents.configuration.agent_config import check_config
from agents.configuration.documents import Draft, check_address, check_draft
from agents.configuration.layers import addresses, merge
from agents.errors import ConflictError, InvalidError
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import CONFIG_CONFLICTS, CONFIG_PUBLISHES, CONFIG_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from agents.configuration.documents import Content, Version
    from agents.configuration.ports import ConfigStore
    from agents.telemetry.measures import Measures


class Publisher:
    """Validates drafts against the agents and tools that are installed, and appends them.

    `agents` and `tools` are the registered names; `environment` is the one this store serves. `checks` are for the
    documents that are no agents', by key: each raises InvalidError for merged content that nothing could run with.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        store: ConfigStore,
        *,
        agents: Collection[str],
        tools: Collection[str],
        environment: str,
        checks: Mapping[str, Callable[[Content], object]] | None = None,
        measures: Measures = UNMEASURED,
    ) -> None:
        self._store = store
        self._agents = frozenset(agents)
        self._tools = frozenset(tools)
        self._environment = environment
        self._checks = checks or {}
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
        if kind != "agent" and draft.key not in self._checks:
            known = " and ".join(["agent/NAME", *sorted(self._checks)])
            raise InvalidError(f"nothing reads the document {draft.key}", fix=f"Publish {known}.")
        served = [layer for _, layer in served_layers(draft.key, self._environment)]
        if draft.layer not in served:  # nothing would read it, so nothing could check it
            raise InvalidError(f"nothing here runs the layer {draft.layer}", fix=f"Publish to {' or '.join(served)}.")
        if kind != "agent":
            self._check_other(draft)
            return
        # A change of the defaults changes every agent, so each of them must still be valid.
        names = self._agents if name == "defaults" else {name}
        if unknown := sorted(names - self._agents):
            raise InvalidError(f"there is no agent {unknown[0]!r}", fix=f"Agents: {', '.join(sorted(self._agents))}.")
        for agent in sorted(names):
            merged = self._merged(addresses(agent, self._environment), draft)
            check_config(merged, tools=self._tools, where=_where(draft))

    def _check_other(self, draft: Draft) -> None:
        merged = self._merged(served_layers(draft.key, self._environment), draft)
        try:
            self._checks[draft.key](merged)
        except InvalidError as error:
            problems = tuple(dataclasses.replace(problem, where=_where(draft)) for problem in error.problems)
            raise InvalidError(error.message, fix=error.fix, problems=problems) from error

    def _merged(self, wanted: Sequence[tuple[str, str]], draft: Draft) -> Content:
        """What the addresses give, lowest first, with the draft in its place."""
        merged: Content = {}
        for address, head in zip(wanted, self._store.heads(wanted), strict=True):
            if address == (draft.key, draft.layer):
                merged = merge(merged, draft.content)
            elif head is not None:
                merged = merge(merged, head.content)
        return merged


def _where(draft: Draft) -> str:
    return f"{draft.key} ({draft.layer})"
