"""Follows what changes without an end: by a stream, else by waiting, else by asking again; every change once."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
import zlib
from enum import Enum
from typing import TYPE_CHECKING, Final

import httpx

from agents.client.connection import check, error_of, reading, unreachable
from agents.client.nouns import Change, Effective
from agents.errors import LimitedError, UnauthenticatedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agents.client.client import Client

log = logging.getLogger(__name__)

FIRST_S: Final = 0.5  # after a failure; twice as long after each that follows
LONGEST_S: Final = 30.0
SILENT_S: Final = 40.0  # a stream beats more often, so it is dead; or was held back by what stands in between
WAIT_S: Final = 25.0
POLL_S: Final = 5.0
MOST_REFUSALS: Final = 3  # in a row, of a stream or of waiting, because too many do
AGAIN_S: Final = 300.0  # until the better way is tried again; twice as long after each try that failed
_AGAIN_AT_MOST_S: Final = 3_600.0
_EVENTS: Final = "text/event-stream"


class Way(Enum):
    """How the server is asked. It goes down this list, and after a while begins again at its top."""

    STREAM = 1
    WAIT = 2
    POLL = 3


class Following:
    """The changes after a cursor, in order, each once, until `stop` is set.

    A stream looks at that when the server says something, which it does every 15 seconds. `cursor` is where to go on
    from after a restart: keep it with what was made of the changes. Failures are waited out, by a time that `name`
    spreads, so that all who were cut off together do not come back together. Raises GapError when the log does not
    reach back to the cursor: take `latest`, read everything, and follow from there; and ForbiddenError, InvalidError,
    and UnauthenticatedError for a token that is refused when it was just given.

    With `told`, and the one agent that `content_of` names, a stream tells the content too: `told` gets what runs of it
    before each change that made it, and None when that must be asked for.
    """

    def __init__(  # noqa: PLR0913 - whom it asks for what, and how long it waits
        self,
        client: Client,
        *,
        after: str = "latest",
        keys: Iterable[str] = (),
        name: str = "",
        stop: threading.Event | None = None,
        poll_s: float = POLL_S,
        clock: Callable[[], float] = time.monotonic,
        content_of: str = "",
        instance: str = "",
        told: Callable[[Effective | None], object] = lambda _: None,
    ) -> None:
        self.cursor = after
        self.way = Way.STREAM
        self._client = client
        self._keys = tuple(keys)
        self._name = name
        self._stop = stop or threading.Event()
        self._poll_s = poll_s
        self._clock = clock
        self._content_of = content_of
        self._instance = instance
        self._tell = told
        self._failures = 0
        self._refused = False
        self._limited = 0
        self._again_at = math.inf  # not while it asks in the way that it was told to
        self._again_s = AGAIN_S

    def __iter__(self) -> Iterator[Change]:
        while not self._stop.is_set():
            if self._clock() >= self._again_at:
                self.way, self._again_at = Way.STREAM, math.inf
            try:
                if self.cursor == "latest":  # a place that stays, before anything can be missed
                    self.cursor = self._client.changes("latest", limit=1).cursor
                yield from self._stream() if self.way is Way.STREAM else self._ask()
            except LimitedError as error:
                self._limited += 1
                if self._limited >= MOST_REFUSALS and self.way is not Way.POLL:
                    self._fall(Way.POLL, f"it was refused {self._limited} times: {error.message}")
                    continue
                self._stop.wait(max(error.retry_after_s, self._pause_s()))
            except UnavailableError:
                self._stop.wait(self._pause_s())
            except UnauthenticatedError:
                if self._refused:
                    raise
                self._refused = True  # its time was over, and the next is a new one

    def _stream(self) -> Iterator[Change]:
        """The changes of one connection."""
        http, began = self._client.connection.http, False
        headers = self._client.connection.headers({"Accept": "text/event-stream"})
        path, query = self._place()
        try:
            with http.stream("GET", path, params=query, headers=headers, timeout=SILENT_S) as response:
                if response.status_code == httpx.codes.NOT_ACCEPTABLE:
                    self._fall(Way.WAIT, "nothing is streamed there")
                    return
                if response.is_error:
                    response.read()
                    check(response)
                if self._content_of and response.headers.get("content-type", "").startswith("application/json"):
                    self._content_of = ""  # a server that tells changes alone
                    return
                with reading():
                    if not response.headers["content-type"].startswith(_EVENTS):
                        raise ValueError(response.headers["content-type"])
                for event in _events(response.iter_lines()):
                    began = True
                    yield from self._told(event)
                    if self._stop.is_set():
                        return
        except httpx.HTTPError as error:
            if isinstance(error, httpx.ReadTimeout) and not began:
                self._fall(Way.WAIT, "the stream was silent")
            raise unreachable(error) from error
        finally:
            self._tell(None)
        raise UnavailableError("the stream ended")

    def _place(self) -> tuple[str, dict[str, str | list[str]]]:
        if not self._content_of:
            return "/v1/changes", {"after": self.cursor, "key": list(self._keys)}
        instance: dict[str, str | list[str]] = {"instance": self._instance} if self._instance else {}
        return f"/v1/configs/{self._content_of}/effective", {"after": self.cursor, **instance}

    def _told(self, event: dict[str, str]) -> Iterator[Change]:
        if event.get("event") == "end":
            with reading():
                told = json.loads(event["data"])
                error = error_of(told["code"], told["message"], fix=told["fix"])
            raise error
        if event.get("event") == "effective":
            with reading():
                said = json.loads(event["data"])
                self._tell(None if said is None else Effective.read(said))
            return
        change = None
        if event.get("event") == "change":
            with reading():
                change = Change.read(json.loads(event["data"]))
        self._fine()
        self._again_s = AGAIN_S
        if change is not None:
            yield change
        # After it was taken, so that what was not is told again.
        self.cursor = event.get("id", self.cursor)

    def _ask(self) -> Iterator[Change]:
        """The changes of one answer."""
        wait_s, began = (WAIT_S if self.way is Way.WAIT else 0), self._clock()
        page = self._client.changes(self.cursor, wait_s=wait_s, keys=self._keys)
        self._fine()
        for change in page.items:
            yield change
            self.cursor = change.cursor
        nothing = page.cursor == self.cursor
        self.cursor = page.cursor
        if nothing and self._clock() - began < wait_s / 2:
            self._fall(Way.POLL, "it does not wait there")
        if nothing and self.way is Way.POLL:
            self._stop.wait(self._poll_s)

    def _fine(self) -> None:
        self._failures, self._refused, self._limited = 0, False, 0

    def _fall(self, way: Way, why: str) -> None:
        """Asks in a way that asks less of the server, for a while: what is in between may be mended, or end."""
        log.warning("changes are followed by way of %s for now: %s", way.name.lower(), why)
        if self._again_at == math.inf:
            self._again_at = self._clock() + self._again_s
            self._again_s = min(_AGAIN_AT_MOST_S, 2 * self._again_s)
        self.way = way

    def _pause_s(self) -> float:
        """Between half of the time and all of it: the same for one name and failure, others for others."""
        self._failures += 1
        spread = zlib.crc32(f"{self._name}:{self._failures}".encode()) / 2**32
        return min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures - 1, 16)) * (0.5 + spread / 2)


def _events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """The blocks of a stream. One that was cut off is none."""
    block: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            block[name] = value.strip()
        else:
            yield block
            block = {}
