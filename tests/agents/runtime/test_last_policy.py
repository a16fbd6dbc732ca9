"""Who may see what, while the store of the access policy is away: the same with a restart as without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.configuration.access_policy import KEEP_S, AccessPolicy
from agents.configuration.documents import Draft
from agents.errors import UnavailableError
from agents.runtime.last_good import LastGood
from agents.runtime.last_policy import LastPolicy
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.configuration.documents import Content

    Start = Callable[..., LastPolicy]


class Away:
    """A store that does not answer."""

    def tail(self) -> str:
        raise UnavailableError("the line is cut")

    def heads(self, addresses: object) -> None:
        raise UnavailableError("the line is cut")


@pytest.fixture
def seconds() -> list[float]:
    return [1_000_000.0]


@pytest.fixture
def start(store: SqliteConfigStore, tmp_path: Path, seconds: list[float]) -> Start:
    """A process over the disk of its machine."""
    publish_policy(store, document("policy", kind="access"))

    def start(over: object = store) -> LastPolicy:
        live = AccessPolicy(
            over,  # type: ignore[arg-type]  # what it reads
            environment="dev",
            catalogue=CATALOGUE,
            agents=(),
            tools=(),
            clock=lambda: seconds[0],
        )
        return LastPolicy(
            live,
            over,  # type: ignore[arg-type]  # what it reads
            environment="dev",
            catalogue=CATALOGUE,
            kept=LastGood(tmp_path / "last-policy", key=bytes(32), scope="default/dev"),
            clock=lambda: seconds[0],
        )

    return start


def publish_policy(store: SqliteConfigStore, content: Content, *, expected: int = 0) -> None:
    draft = Draft(key="access/policy", layer="base", content=content, author="x", message="", expected=expected)
    store.append([draft])


def test_a_process_that_starts_while_the_store_is_away_takes_the_disks(start: Start) -> None:
    """With the grants and the digest that it had."""
    before = start()
    before.keep()
    assert start(Away())() == before()
    assert start(Away())().digest == before().digest


def test_it_counts_as_long_as_without_a_restart(start: Start, seconds: list[float]) -> None:
    """From when the store confirmed it last; whoever lost a right meanwhile must not keep it for a day."""
    start().keep()
    started = start(Away())
    seconds[0] += KEEP_S - 1
    started()
    seconds[0] += 2
    for process in (started, start(Away())):
        with pytest.raises(UnavailableError, match="the line is cut"):
            process()
    seconds[0] -= 10_000  # a clock that was set back proves nothing
    with pytest.raises(UnavailableError):
        start(Away())()


def test_what_was_not_kept_grants_nothing(start: Start) -> None:
    """A machine that never ran is no way around the policy."""
    with pytest.raises(UnavailableError):
        start(Away())()


def test_the_stores_counts_as_soon_as_it_answers(start: Start, store: SqliteConfigStore) -> None:
    """A right that was taken away is gone."""
    start().keep()
    publish_policy(store, {**document("policy", kind="access"), "personas": {}}, expected=1)
    assert start()() != start(Away())()


def test_what_is_not_valid_is_not_kept(start: Start, store: SqliteConfigStore, seconds: list[float]) -> None:
    """Nor does it make what was kept count for longer."""
    start().keep()
    publish_policy(store, {"personas": 3}, expected=1)
    seconds[0] += KEEP_S + 1
    start().keep()
    with pytest.raises(UnavailableError):
        start(Away())()
