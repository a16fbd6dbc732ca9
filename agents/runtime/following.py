"""A program's own thread that follows configuration while it serves, so that an idle instance keeps up and says so."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.runtime.follow import Follower

log = logging.getLogger(__name__)

LOCAL_S: Final = 0.05  # a look at a store of this machine takes some ten microseconds
_END_S: Final = 2.0
REMOTE_S: Final = 1.0  # a look at DynamoDB is a request that is paid for


@contextmanager
def following(follower: Follower, *, every_s: float, news: threading.Event | None = None) -> Iterator[None]:
    """Looks for news while the block lasts: at once, every so often, and when `news` is set.

    Turns look for themselves as well, so they run what was published before they began. Acks are sent from here, and at
    the end that the instance is gone.
    """
    news = news or threading.Event()
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            news.clear()
            try:
                follower.refresh()
            except Exception as error:  # noqa: BLE001 - nothing was ever read, and the next look may do better
                log.warning("configuration is not to be had yet: %s", error)
            follower.tell()
            news.wait(every_s)

    thread = threading.Thread(target=run, name="follower", daemon=True)
    follower.tells = False
    thread.start()
    try:
        yield
    finally:
        ended.set()
        news.set()
        thread.join(_END_S)
        follower.leave()
        follower.tells = True
