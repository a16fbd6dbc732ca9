"""When keys of machines are read from their store: how soon a change counts, and what a flood costs."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.access.api_keys import CACHE_S, MISS_S, MISSES, ApiKeys
from agents.access.key_service import ApiKeyService
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.api_keys import DocumentKeyStore
from agents.errors import UnavailableError
from tests.agents.access.key_world import REPORT, Clock, refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agents.access.api_keys import ApiKey


class Watched(DocumentKeyStore):
    """Counts how often all keys are read, and can be away."""

    reads = 0
    away = False

    def live(self) -> Mapping[str, ApiKey]:
        self.reads += 1
        if self.away:
            raise UnavailableError("away")
        return super().live()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Watched:
    return Watched(SqliteConfigStore(tmp_path / "keys.db", tenant="default", clock=lambda: datetime.now(UTC)))


@pytest.fixture
def keys(store: Watched, clock: Clock) -> ApiKeys:
    return ApiKeys(store, clock=clock)


@pytest.fixture
def service(store: Watched, clock: Clock) -> ApiKeyService:
    """In another process: nothing tells `keys` of a change."""
    counter = itertools.count(1)
    return ApiKeyService(store, clock=clock, random=lambda size: next(counter).to_bytes(size, "big"))


def test_guessing_costs_the_store_a_read_a_second(keys: ApiKeys, store: Watched, clock: Clock) -> None:
    """However many made-up keys arrive, after those that are looked for at once."""
    for _ in range(10):
        for n in range(100):
            assert refused(keys, f"qmk_guess-{n}_{n:064x}")
        clock.now += MISS_S
    assert store.reads == MISSES + 9


def test_a_new_key_is_taken_at_once(service: ApiKeyService, keys: ApiKeys, store: Watched, clock: Clock) -> None:
    """Though keys were read a moment ago, for it or for another that nobody has; during a flood within a second."""
    for n in range(MISSES // 2):
        assert refused(keys, f"qmk_guess_{n:064x}")
    assert store.reads == MISSES // 2  # the first finds none read yet, and need not look twice
    assert keys.verify(service.create(REPORT, author="anna").text)
    for n in range(1_000):
        assert refused(keys, f"qmk_guess_{n:064x}")
    rotated = service.rotate("report", author="anna").text
    assert refused(keys, rotated)
    clock.now += MISS_S
    assert keys.verify(rotated)


def test_a_clock_that_was_set_back_keeps_no_revoked_key(service: ApiKeyService, keys: ApiKeys, clock: Clock) -> None:
    """How long ago keys were read is not known then, so they are read again."""
    text = service.create(REPORT, author="anna").text
    assert keys.verify(text)
    service.revoke("report", author="anna")
    clock.now -= 3600
    assert keys.recall(text) is None
    assert refused(keys, text)


def test_a_store_that_is_away_proves_nothing_for_long(
    service: ApiKeyService, keys: ApiKeys, store: Watched, clock: Clock
) -> None:
    """What was read goes on for its ten seconds; then a key may have been revoked, and no key is taken."""
    text = service.create(REPORT, author="anna").text
    keys.verify(text)
    store.away = True
    clock.now += CACHE_S - 1
    assert keys.verify(text)
    clock.now += 1
    reads = store.reads
    for _ in range(5):
        with pytest.raises(UnavailableError):
            keys.verify(text)
    assert store.reads == reads + 1
    store.away = False
    clock.now += MISS_S
    assert keys.verify(text)
