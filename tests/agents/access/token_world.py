"""An issuer of tokens, and a clock, that tests of tokens set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    Jwk = dict[str, Any]

ISSUER, CLIENT, NOW = "urn:test:issuer", "a-client", 1_800_000_000


class Issuer:
    """A key source that counts, can be away, and whose keys a test changes."""

    def __init__(self, *keys: Jwk) -> None:
        self.keys = list(keys)
        self.fetched = 0
        self.away = False

    def fetch(self) -> Sequence[Jwk]:
        self.fetched += 1
        if self.away:
            raise UnavailableError("away")
        return self.keys


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now
