"""Following over HTTP: an agent that reaches no store hears of changes, and asks what it should run."""

from __future__ import annotations

import logging
import threading
import time
import zlib
from collections import deque
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol, cast

from agents.configuration.documents import Changes
from agents.configuration.layers import Effective
from agents.errors import GapError, InvalidError, LimitedError, NotFoundError, QuartermasterError, UnavailableError
from agents.runtime.follow_source import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from agents.configuration.documents import Change, Content, Cursor
    from agents.json_value import Json

log = logging.getLogger(__name__)

KEPT: Final = 1_000  # changes that are remembered until the follower has read them
_OWN: Final = "instance:"
_PAUSE_S: Final = (0.5, 30.0)  # after a failure: at first, at most


class Resolved(Protocol):
    """What the server says that an agent should run."""

    @property
    def digest(self) -> str: ...

    @property
    def versions(self) -> Mapping[str, int]: ...

    @property
    def content(self) -> Mapping[str, Json]: ...


class Told(Resolved, Protocol):
    """The same, told by a stream, which says of what."""

    @property
    def key(self) -> str: ...


class RemoteClient(Protocol):
    """What is asked of the server. `agents.client.client.Client` is one."""

    def effective(self, key: str, *, instance: str = "") -> Resolved: ...


class RemoteSource:
    """The `ConfigSource` that hears by a stream what changed, so that a turn's look for news reads no network.

    What is heard late is applied late; nothing is missed, since the stream goes on from the last cursor.
    """

    def __init__(self, client: RemoteClient, *, instance: str) -> None:
        self._client = client
        self._instance = instance
        self._heard: deque[Change] = deque(maxlen=KEPT)
        self._began: Cursor | None = None
        self._told: Told | None = None
        self.owes = False  # the last time that it was asked what is newest, it could not say
        self._changing = threading.Lock()

    def begin(self, cursor: Cursor) -> None:
        """Changes after this cursor will be heard; what came before is read whole."""
        with self._changing:
            self._heard.clear()
            self._began = cursor
            self._told = None

    def take(self, told: Told | None) -> None:
        """What runs from the next change on, so that nobody needs to ask; None when that is not known any more."""
        with self._changing:
            self._told = told

    def hear(self, change: Change) -> bool:
        """Takes the next change; False when it is none of this agent's: another's layer, or a label."""
        if change.label or (change.layer.startswith(_OWN) and change.layer != f"{_OWN}{self._instance}"):
            return False
        with self._changing:
            self._heard.append(change)
        return True

    def tail(self) -> Cursor:
        with self._changing:
            if self._heard:
                return self._heard[-1].cursor
            if self._began is None:
                raise UnavailableError("the server was not heard yet", fix="Check its URL, and the token.")
            return self._began

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        with self._changing:
            cursors = [self._began, *(change.cursor for change in self._heard)]
            # When some fell out, what comes after the first cursor is not all there any more.
            known = cursors if len(self._heard) < KEPT else cursors[1:]
            if after not in known:
                raise GapError("what changed since then is not known", fix="Read everything.")
            items = tuple(self._heard)[cursors.index(after) :][:limit]
        return Changes(items, items[-1].cursor if items else after)

    def newest(self, names: Sequence[str]) -> dict[str, Found]:
        found = {}
        self.owes = True
        for name in names:
            key = f"agent/{name}"
            try:
                told = self._told
                said = told if told and told.key == key else self._client.effective(key, instance=self._instance)
            except NotFoundError:
                continue
            except InvalidError as error:  # its layers do not merge
                found[name] = Found(versions={}, effective=None, problem=error.message)
                continue
            effective = Effective(
                key=key, digest=said.digest, versions=said.versions, content=cast("Content", said.content)
            )
            found[name] = Found(versions=said.versions, effective=effective)
        self.owes = False
        return found

    def former(self, name: str, *, digest: str, since: datetime) -> None:  # noqa: ARG002 - a source's signature
        """Only what this process ran is known here, and its follower keeps that."""
        return


@contextmanager
def hearing(  # noqa: PLR0913 - what is heard, by what, and whom it wakes
    source: RemoteSource,
    *,
    latest: Callable[[], Cursor],
    stream: Callable[[Cursor, threading.Event], Iterable[Change]],
    heard: Callable[[], object],
    name: str,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Hears changes while the block lasts, and calls `heard` at each: what wakes the follower, or its `snapshot`.

    `latest` gives the cursor of now, `stream` every change after one until its event is set, over lost connections.
    After a failure the pause is twice as long, spread by `name`: those who were cut off together come back apart.
    """
    ended = threading.Event()

    def told() -> None:
        """Wakes, again and again while what it was woken for could not be read: no other change may come for hours."""
        heard()
        for failures in count(1):
            if not source.owes or ended.wait(pause_s(name, failures)):
                return
            heard()

    def run() -> None:
        failures = 0
        while not ended.is_set():
            began = clock()
            try:
                cursor = latest()
                source.begin(cursor)
                told()
                for change in stream(cursor, ended):
                    failures = 0
                    if source.hear(change):
                        told()
                error: Exception = UnavailableError("the stream ended")
            except Exception as stopped:  # noqa: BLE001 - the one who hears must not end, whatever it is told
                error = stopped
            if ended.is_set():
                return
            # What went well for longer than the longest pause is no failure in a row, though nothing changed in it.
            failures = 1 if clock() - began > _PAUSE_S[1] else failures + 1
            known = isinstance(error, QuartermasterError)
            log.warning("changes are not heard: %s", error, exc_info=None if known else error)
            least = error.retry_after_s if isinstance(error, LimitedError) else 0
            ended.wait(max(least, pause_s(name, failures)))

    thread = threading.Thread(target=run, name="hearing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_PAUSE_S[0])  # one that waits for the next event of a stream ends with the process


def pause_s(name: str, failures: int) -> float:
    """Between half of the time and all of it: the same for one name and failure, others for others."""
    first, most = _PAUSE_S
    spread = zlib.crc32(f"{name}:{failures}".encode()) / 2**32
    return min(most, first * 2.0 ** min(failures - 1, 16)) * (0.5 + spread / 2)
