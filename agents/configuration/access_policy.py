"""The access policy in force: the newest valid version of `access/policy`, followed as agents follow theirs."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from agents.access.policy_document import KEY, parse_policy
from agents.configuration.layers import effective
from agents.errors import InvalidError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from agents.access.catalogue import Catalogue
    from agents.access.policy import Policy
    from agents.configuration.documents import Content
    from agents.configuration.ports import ConfigStore

log = logging.getLogger(__name__)

# For how long the last policy counts when the store cannot be asked. An outage should not stop everybody's work, and
# whoever lost a right must not keep it for the rest of a day.
KEEP_S: Final = 900.0


def served_layers(key: str, environment: str) -> tuple[tuple[str, str], ...]:
    """The (key, layer) pairs of a document that is no agent's, in the order they are merged."""
    return (key, "base"), (key, f"env:{environment}")


class AccessPolicy:
    """A `PolicySource`. `agents` and `tools` are the registered names, `clock` gives epoch seconds.

    Each call reads the tail of the change log, which is one cheap read, so a published policy counts from the next
    request on, also in a sandbox that was frozen in between. A version that does not validate leaves the last good
    one in force, and so does a store that is away, for KEEP_S; then, and when none was ever read, nothing is granted:
    the call raises UnavailableError.

    Agents and tools must be there when a policy is published. In force, one that grants a name which is not installed
    grants nothing by it: not every release, and not every function, brings the same.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        store: ConfigStore,
        *,
        environment: str,
        catalogue: Catalogue,
        agents: Collection[str],
        tools: Collection[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._layers = served_layers(KEY, environment)
        self._catalogue = catalogue
        self._agents = frozenset(agents)
        self._tools = frozenset(tools)
        self._clock = clock
        self._lock = threading.Lock()
        self._cursor: str | None = None
        self._digest = ""
        self._current: Policy | None = None
        self._confirmed_at = 0.0  # when the store was last asked

    def __call__(self) -> Policy:
        """The policy in force; it never changes, so whoever needs the same one for long keeps it."""
        with self._lock:
            try:
                self._follow()
            except UnavailableError as error:
                # A clock that was set back proves nothing about how old the policy is.
                if self._current is None or not 0 <= self._clock() - self._confirmed_at <= KEEP_S:
                    raise
                log.warning("the store of the access policy is away; the last good one stays: %s", error.message)
            if self._current is None:
                raise UnavailableError("there is no valid access policy", fix=f"Publish a {KEY} that is valid.")
            return self._current

    def check(self, content: Content) -> Policy:
        """The policy that merged content would be; raises InvalidError. For `Publisher.checks`."""
        return parse_policy(content, catalogue=self._catalogue, agents=self._agents, tools=self._tools)

    def _follow(self) -> None:
        tail = self._store.tail()
        if tail != self._cursor or self._current is None:
            self._load()
            self._cursor = tail
        self._confirmed_at = self._clock()

    def _load(self) -> None:
        try:
            found = effective(KEY, self._store.heads(self._layers))
            if found.digest != self._digest or self._current is None:
                self._current = parse_policy(found.content, catalogue=self._catalogue, agents=None, tools=None)
                self._digest = found.digest
        except (InvalidError, NotFoundError) as error:
            log.warning("%s is not valid; the last good one stays, if there is one: %s", KEY, error.message)
