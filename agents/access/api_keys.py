"""Keys of machines: what is kept of one, where, and how one is proven.

The text of a key is `qmk_<name>_<secret>`. The secret holds 256 bits of randomness, so one SHA-256 is all that is kept
and no slow hash is needed: nobody guesses it, and a list of likely ones does not exist. The digest covers the name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from agents.access.principal import Claims
from agents.contract import GROUPS, SCOPES
from agents.errors import UnauthenticatedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.json_value import Json

PREFIX: Final = "qmk_"
SUBJECT_PREFIX: Final = "machine-"
# Whoever changes who may do what is a person: a key that could make keys would outlive the end of its own.
GRANTABLE: Final = frozenset(GROUPS) - {"access-admin"}
CACHE_S: Final = 10.0  # so long at most a revoked key is still taken, by processes other than the one that revoked it
MISS_S: Final = 1.0  # a key that is not known asks the store again, in the long run so often whoever guesses
MISSES: Final = 10  # so many may ask at once: a key is used as soon as it is made, and others may have missed just now
NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_TEXT: Final = re.compile(rf"{PREFIX}(?P<name>{NAME.pattern})_[0-9a-f]{{64}}")


@dataclass(frozen=True)
class KeySecret:
    """SHA-256 of a key's text in hex, and when it ends, in epoch seconds."""

    digest: str
    expires_at: float


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A machine's key. `secrets` are the newest and, for a time of grace, the one before; none once revoked.

    Times are epoch seconds. `number` is the version of the document it was read from, 0 for none.
    """

    name: str
    groups: frozenset[str]
    scopes: frozenset[str]
    secrets: tuple[KeySecret, ...]
    created_by: str
    created_at: float
    revoked_at: float | None = None
    number: int = 0

    @property
    def subject(self) -> str:
        return SUBJECT_PREFIX + self.name

    def as_json(self) -> dict[str, Json]:
        """What may be seen of a key: nothing of its secrets but when they end."""
        return {
            "name": self.name,
            "subject": self.subject,
            "groups": [*sorted(self.groups)],
            "scopes": [*sorted(self.scopes)],
            "created_by": self.created_by,
            "created_at": _time(self.created_at),
            "secrets": [{"expires_at": _time(secret.expires_at)} for secret in self.secrets],
        }


class KeyStore(Protocol):
    """Where keys are kept, of one tenant. Every method may raise UnavailableError."""

    def live(self) -> Mapping[str, ApiKey]:
        """Every key that was not revoked, by name; expired ones are among them."""

    def find(self, name: str) -> ApiKey | None:
        """One key as it is now, revoked or not."""

    def put(self, key: ApiKey, *, author: str, message: str) -> ApiKey:
        """Stores a key over version `key.number`; raises ConflictError when that is no longer the newest."""


class ApiKeys:
    """`Credentials` of machines.

    All keys are read at once and kept for ten seconds: a revoked or rotated key ends within ten everywhere. One that is
    not among them is looked for at once; a flood of made-up keys costs ten reads, then one a second, and only while it
    lasts may a new key wait a second too. When the store is away for longer than ten seconds nothing is proven, as a
    key could have been revoked meanwhile. `clock` gives epoch seconds.
    """

    def __init__(self, store: KeyStore, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._keys: Mapping[str, ApiKey] = {}
        self._read_at = float("-inf")  # when the keys were read that we have
        self._tried_at = float("-inf")
        self._reads_left = 0.0  # at `_tried_at`
        self._reads = 0  # that have begun
        self._lock = threading.Lock()

    def verify(self, token: str) -> Claims:
        """The claims of the machine whose key this is; raises UnauthenticatedError and UnavailableError."""
        form = _TEXT.fullmatch(token) if len(token) < 200 else None  # noqa: PLR2004 - far longer than any key
        if form is None:
            raise _refused() from ValueError("no key has this form")
        digest, reads = digest_of(token), self._reads
        found = self._match(form["name"], digest, self._current(CACHE_S))
        if found is None and self._reads == reads:  # it may have been made, or rotated, a moment ago
            found = self._match(form["name"], digest, self._current(0))
        if found is None:
            if self._has_ended(form["name"], digest):
                raise UnauthenticatedError("the key has ended", fix="Ask an administrator for a new one.")
            raise _refused() from LookupError("nobody has such a key")
        return found

    def recall(self, token: str) -> Claims | None:
        """The claims by the keys that were read already, while those may be believed."""
        form = _TEXT.fullmatch(token) if len(token) < 200 else None  # noqa: PLR2004 - as above
        if form is None or not self._read_within(CACHE_S, self._clock()):
            return None
        return self._match(form["name"], digest_of(token), self._keys)

    def forget(self) -> None:
        """Reads the keys again at the next request: somebody in this process changed them."""
        with self._lock:  # after a read that is under way, which may have come before the change
            self._read_at = self._tried_at = float("-inf")

    def _match(self, name: str, digest: str, keys: Mapping[str, ApiKey]) -> Claims | None:
        key = keys.get(name)
        if key is None or key.revoked_at is not None:
            return None
        now = self._clock()
        for secret in key.secrets:
            # The clock is ours on both sides, so there is no leeway.
            if hmac.compare_digest(secret.digest, digest) and now < secret.expires_at:
                return Claims(
                    subject=key.subject,
                    groups=key.groups & GRANTABLE,  # whatever stands in the document
                    expires_at=secret.expires_at,
                    scopes=key.scopes.intersection(SCOPES),  # with a view, & would give a plain set
                )
        return None

    def _has_ended(self, name: str, digest: str) -> bool:
        key = self._keys.get(name)
        return key is not None and any(hmac.compare_digest(one.digest, digest) for one in key.secrets)

    def _current(self, at_most_s: float) -> Mapping[str, ApiKey]:
        with self._lock:
            now = self._clock()
            if not self._read_within(at_most_s, now) and self._may_read(now):
                try:
                    self._keys, self._read_at = self._store.live(), now
                except UnavailableError:
                    self._reads_left = 0  # each try may take long, so the next one waits
                    if not self._read_within(CACHE_S, now):
                        raise
            if not self._read_within(CACHE_S, now):
                raise UnavailableError("keys cannot be read for now", fix="Try again in a moment.")
            return self._keys

    def _read_within(self, seconds: float, now: float) -> bool:
        """Whether keys were read so short a time ago; not after the clock was set back, as nobody knows then."""
        return 0 <= now - self._read_at < seconds

    def _may_read(self, now: float) -> bool:
        """Takes a read, if one is left."""
        self._reads_left = min(MISSES, self._reads_left + max(0, now - self._tried_at) / MISS_S)
        self._tried_at = now
        if self._reads_left < 1:
            return False
        self._reads_left -= 1
        self._reads += 1
        return True


def digest_of(text: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(text.encode()).hexdigest()


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError("the key is not valid", fix="Ask an administrator for a new one.")
