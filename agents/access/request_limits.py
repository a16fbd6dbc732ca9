"""How often one subject may ask, how often one address may guess, and how often its refusals are written down.

Both are counted in this process: on Lambda each sandbox counts for itself, so the bound there is the one here times
the sandboxes, and the rate rule of the firewall stands in front of all of them. Memory is bounded, and what stops
somebody is kept apart from what merely counts: to push one lock out, somebody must earn a full table of longer ones
from as many addresses; requests that fail once from ever new addresses only push out counts of their own kind.
"""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SUBJECTS: Final = 10_000
MAX_CLIENTS: Final = 10_000
WINDOW_S: Final = 60.0
_IPV6_NETWORK: Final = 64  # bits; one subscriber holds all addresses below


@dataclass(frozen=True, kw_only=True)
class Rates:
    """A subject may ask `per_second` times, and `burst` times at once.

    `failures` guesses of one address within a minute of the first lock it for `lock_s`; each lock that
    follows within `longest_lock_s` of the one before is twice as long, up to `longest_lock_s`.
    """

    per_second: float = 20
    burst: int = 60
    failures: int = 20
    lock_s: float = 60
    longest_lock_s: float = 900


@dataclass(frozen=True)
class Limited:
    """Wait so long. `first` is true for the first refusal of a row, which is the one to write down."""

    retry_after_s: int
    first: bool


@dataclass
class _Bucket:
    tokens: float
    at: float
    told: bool = False


@dataclass
class _Lock:
    until: float
    lasts_s: float
    told: bool = False


class RequestLimits:
    """Counts by a monotonic `clock` in seconds; safe to call from several threads."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        rates: Rates = Rates(),
        max_subjects: int = MAX_SUBJECTS,
        max_clients: int = MAX_CLIENTS,
    ) -> None:
        self._clock = clock
        self._rates = rates
        self._max_subjects = max_subjects
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._guesses = _LockOuts(rates, max_clients)
        self._noted = _LockOuts(rates, max_clients)
        self._lock = threading.Lock()

    def take(self, subject: str) -> Limited | None:
        """Takes one request of a proven subject; what it says when there is none left."""
        rates = self._rates
        with self._lock:
            now = self._clock()
            bucket = self._buckets.pop(subject, None) or _Bucket(rates.burst, now)
            bucket.tokens = min(rates.burst, bucket.tokens + (now - bucket.at) * rates.per_second)
            bucket.at = now
            self._buckets[subject] = bucket  # the newest now; a subject that was forgotten begins with a full bucket
            if len(self._buckets) > self._max_subjects:
                self._buckets.popitem(last=False)
            bucket.told = bucket.told and bucket.tokens < rates.burst  # a row of refusals ends with a pause
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return None
            first, bucket.told = not bucket.told, True
            return Limited(_whole((1 - bucket.tokens) / rates.per_second), first)

    def locked(self, client: str) -> Limited | None:
        """Whether an address is locked for now."""
        with self._lock:
            return self._guesses.locked(_key(client), self._clock())

    def failed(self, client: str) -> None:
        """Counts a guess of an address. Nothing takes it back, or who guesses would sign in between."""
        with self._lock:
            self._guesses.failed(_key(client), self._clock())

    def notes(self, client: str) -> bool:
        """Counts a refusal of an address that is no guess; whether to write it down.

        As many are as guesses would be before and between locks; nobody is locked out by it.
        """
        key = _key(client)
        with self._lock:
            now = self._clock()
            if self._noted.locked(key, now):
                return False
            self._noted.failed(key, now)
            return True


class _LockOuts:
    """Addresses that failed too often, under the lock of its owner."""

    def __init__(self, rates: Rates, max_clients: int) -> None:
        self._rates = rates
        self._max_clients = max_clients
        self.failures: OrderedDict[str, tuple[float, int]] = OrderedDict()  # client -> first of its window, count
        self.locks: dict[str, _Lock] = {}

    def locked(self, key: str, now: float) -> Limited | None:
        lock = self.locks.get(key)
        left = lock.until - now if lock else 0.0
        if lock is None or left <= 0:
            return None
        first, lock.told = not lock.told, True
        return Limited(_whole(left), first)

    def failed(self, key: str, now: float) -> None:
        began, count = self.failures.pop(key, (now, 0))
        if now - began >= WINDOW_S:
            began, count = now, 0
        if count + 1 < self._rates.failures:
            self.failures[key] = (began, count + 1)
            if len(self.failures) > self._max_clients:
                self.failures.popitem(last=False)
        else:
            self._lock_out(key, now)

    def _lock_out(self, key: str, now: float) -> None:
        rates = self._rates
        former = self.locks.pop(key, None)
        again = former is not None and now - former.until < rates.longest_lock_s
        lasts_s = min(2 * former.lasts_s, rates.longest_lock_s) if former and again else rates.lock_s
        if len(self.locks) >= self._max_clients:
            del self.locks[min(self.locks, key=lambda one: self.locks[one].until)]
        self.locks[key] = _Lock(now + lasts_s, lasts_s)


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))


def _key(client: str) -> str:
    """What counts as one client: an IPv4 address, the /64 of an IPv6 address, any other text as it is."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client[:64]
    if address.version == 4:  # noqa: PLR2004 - the version of the protocol
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _IPV6_NETWORK), strict=False))
