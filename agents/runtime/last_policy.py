"""The access policy on disk: a restart while the store is away changes nothing of who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from agents.access.policy_document import KEY, parse_policy
from agents.configuration.access_policy import KEEP_S
from agents.configuration.documents import digest
from agents.configuration.layers import Effective, effective, layers_of
from agents.errors import InvalidError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.catalogue import Catalogue
    from agents.access.policy import Policy, PolicySource
    from agents.configuration.documents import Content
    from agents.configuration.ports import ConfigStore
    from agents.runtime.last_good import LastGood

_NAME: Final = "policy"


class LastPolicy:
    """A `PolicySource` over `live`, which counts alone once it has read the store.

    A process that starts while the store is away takes what `kept` holds, for as long as one that was not restarted
    would have gone on with it: KEEP_S from when the store last confirmed it. `clock` gives epoch seconds.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        live: PolicySource,
        store: ConfigStore,
        *,
        environment: str,
        catalogue: Catalogue,
        kept: LastGood,
        clock: Callable[[], float],
    ) -> None:
        self._live = live
        self._store = store
        self._layers = layers_of(KEY, environment)
        self._catalogue = catalogue
        self._kept = kept
        self._clock = clock
        self._read: tuple[float, Policy] | None = None
        self._live_once = False

    def __call__(self) -> Policy:
        """The policy in force; see `AccessPolicy`. Raises UnavailableError when neither store nor disk has one."""
        try:
            policy = self._live()
        except UnavailableError:
            found = None if self._live_once else self._from_disk()
            if found is None:
                raise
            return found
        self._live_once = True
        return policy

    def keep(self, _: object = None) -> None:
        """The job that puts on disk what the store has now; raises UnavailableError while it has nothing."""
        at = self._clock()
        try:
            found = effective(KEY, self._store.heads(self._layers))
            self._parse(found.content)
        except (InvalidError, NotFoundError):
            return  # the last good one was confirmed when it was the newest, and not since
        content: Content = {"confirmed_at": at, "policy": found.content}
        self._kept.save(_NAME, Effective(key=KEY, digest=digest(content), versions=found.versions, content=content))

    def _from_disk(self) -> Policy | None:
        """What was kept, read once, while it counts. A clock that was set back proves nothing of how old it is."""
        if self._read is None:
            found = self._kept.read(_NAME)
            if found is None:
                return None
            confirmed_at = cast("float", found.content["confirmed_at"])  # our own text, by its signature
            self._read = confirmed_at, self._parse(cast("Content", found.content["policy"]))
        confirmed_at, policy = self._read
        return policy if 0 <= self._clock() - confirmed_at <= KEEP_S else None

    def _parse(self, content: Content) -> Policy:
        return parse_policy(content, catalogue=self._catalogue, agents=None, tools=None)
