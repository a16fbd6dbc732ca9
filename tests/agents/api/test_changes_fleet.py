"""How many may follow at once by one name: a person a few, a key that a fleet shares as many as it has instances."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.access.principal import Claims
from agents.access.sign_in import Identity
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.changes_readers import MOST_EACH, MOST_OF_A_FLEET, MOST_READERS, Readers
from agents.configuration.documents import START
from agents.configuration.feed import Feed
from agents.errors import LimitedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    store = SqliteConfigStore(tmp_path / "configuration.db", tenant="default", clock=lambda: datetime.now(UTC))
    yield Feed(store)
    store.close()


def identity(name: str, scopes: frozenset[str] | None) -> Identity:
    claims = Claims(subject=name, groups=frozenset({"viewer"}), expires_at=9e9, scopes=scopes)
    return Identity(claims=claims, token="", tenant="default")


@pytest.mark.parametrize(("scopes", "most"), [(None, MOST_EACH), (frozenset({"config"}), MOST_OF_A_FLEET)])
def test_so_many_follow_by_one_name(feed: Feed, scopes: frozenset[str] | None, most: int) -> None:
    """The next is told to wait; there is room for others all the same."""

    async def follow() -> None:
        readers = Readers(feed, clock=lambda: 0.0)
        async with AsyncExitStack() as held:
            for _ in range(most):
                await held.enter_async_context(readers.reader(identity("a", scopes), keys=frozenset(), after=START))
            with pytest.raises(LimitedError, match=f"{most} times"):
                await held.enter_async_context(readers.reader(identity("a", scopes), keys=frozenset(), after=START))
            await held.enter_async_context(readers.reader(identity("b", None), keys=frozenset(), after=START))

    asyncio.run(follow())
    assert most < MOST_READERS
