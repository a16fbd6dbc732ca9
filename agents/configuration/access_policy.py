"""The access policy in force: the newest valid version of `access/policy`, followed as agents follow theirs."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from agents.access.policy_document import KEY, parse_policy
from agents.configuration.layers import effective, layers_of
from agents.errors import InvalidError, NotFoundError, QuartermasterError, UnavailableError

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
RETRY_S: Final = 1.0  # for how long a store that failed is not asked again, so that nobody waits for it in a row


class AccessPolicy:
    """A `PolicySource`. `agents` and `tools` are the registered names, `clock` gives epoch seconds.

    Each call reads the tail of the change log, which is one cheap read, so a published policy counts from the next
    request on, also in a sandbox that was frozen in between. A version that does not validate leaves the last good
    one in force, and so does a store that is away, for KEEP_S; then, and when none was ever read, nothing is granted:
    the call raises UnavailableError.

    One thread at a time asks the store. Those who come meanwhile take the last good policy where it counts, and wait
    for what the one brings where it does not. A store that failed is asked again after RETRY_S.

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
        self._layers = layers_of(KEY, environment)
        self._catalogue = catalogue
        self._agents = frozenset(agents)
        self._tools = frozenset(tools)
        self._clock = clock
        self._lock = threading.Lock()  # never held while the store is asked
        self._asked: threading.Event | None = None  # set when the one who asks now has ended
        self._failed: QuartermasterError | None = None  # what the store said last, None when it answered
        self._failed_at = 0.0
        self._invalid = ""
        # Written by the one who asks alone.
        self._cursor: str | None = None
        self._digest = ""
        self._current: Policy | None = None
        self._confirmed_at = 0.0  # when the store last answered

    def __call__(self) -> Policy:
        """The policy in force; it never changes, so whoever needs the same one for long keeps it."""
        self._follow()
        with self._lock:
            policy, failed = self._good(), self._failed
        if policy is not None:
            return policy
        if failed is not None:
            # Many may be told of one failure: each raises an error of its own.
            raise UnavailableError(failed.message, fix=failed.fix) from failed
        raise UnavailableError("there is no valid access policy", fix=f"Publish a {KEY} that is valid.")

    def check(self, content: Content) -> Policy:
        """The policy that merged content would be; raises InvalidError. For `Publisher.checks`."""
        return parse_policy(content, catalogue=self._catalogue, agents=self._agents, tools=self._tools)

    def _good(self) -> Policy | None:
        """The last good policy while it counts. A clock that was set back proves nothing about how old it is."""
        return self._current if 0 <= self._clock() - self._confirmed_at <= KEEP_S else None

    def _follow(self) -> None:
        """Asks the store, unless somebody does or it has just failed. What it says is in the fields."""
        with self._lock:
            if self._failed is not None and 0 <= self._clock() - self._failed_at < RETRY_S:
                return
            others = self._asked
            if others is None:
                mine = self._asked = threading.Event()
            elif self._good() is not None:
                return
        if others is not None:
            others.wait()
            return
        try:
            self._ask()
        finally:
            with self._lock:
                self._asked = None
            mine.set()

    def _ask(self) -> None:
        try:
            tail = self._store.tail()
            if tail != self._cursor or self._current is None:
                self._load()
                self._cursor = tail
        except QuartermasterError as error:
            if self._failed is None:  # once in an outage
                log.warning("the store of the access policy is away; the last one stays for a while: %s", error.message)
            with self._lock:
                self._failed, self._failed_at = error, self._clock()
        else:
            with self._lock:
                self._failed, self._confirmed_at = None, self._clock()

    def _load(self) -> None:
        try:
            found = effective(KEY, self._store.heads(self._layers))
            if found.digest != self._digest or self._current is None:
                policy = parse_policy(found.content, catalogue=self._catalogue, agents=None, tools=None)
                # The same object as long as it grants the same: its digest is kept with it.
                self._current = self._current if policy == self._current else policy
                self._digest = found.digest
            self._invalid = ""
        except (InvalidError, NotFoundError) as error:
            if error.message != self._invalid:  # once, also while there is none and each request looks for one
                log.warning("%s is not valid; the last good one stays, if there is one: %s", KEY, error.message)
            self._invalid = error.message
