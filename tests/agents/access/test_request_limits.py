"""How often a subject may ask, and an address guess."""

from __future__ import annotations

import threading

import pytest

from agents.access.request_limits import Rates, RequestLimits

RATES = Rates(per_second=2, burst=4, failures=3, lock_s=60, longest_lock_s=900)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> RequestLimits:
    return RequestLimits(clock=clock, rates=RATES, max_subjects=3, max_clients=3)


def guess(limits: RequestLimits, client: str, times: int = RATES.failures) -> None:
    for _ in range(times):
        limits.failed(client)


def test_a_subject_has_a_burst_and_then_a_rate(limits: RequestLimits, clock: Clock) -> None:
    """Four at once, then two a second; who has too many is told how long to wait, in whole seconds."""
    assert [limits.take("wanda") for _ in range(4)] == [None] * 4
    refused = limits.take("wanda")
    assert refused.retry_after_s == 1
    clock.now += 0.5
    assert limits.take("wanda") is None
    assert limits.take("wanda")


def test_a_subject_is_no_other(limits: RequestLimits) -> None:
    """One who asks too often takes nothing from the rest."""
    for _ in range(9):
        limits.take("wanda")
    assert limits.take("felix") is None


def test_waiting_gives_no_more_than_the_burst(limits: RequestLimits, clock: Clock) -> None:
    """A quiet week is no credit."""
    limits.take("wanda")
    clock.now += 7 * 86_400
    assert sum(limits.take("wanda") is None for _ in range(20)) == 4


def test_the_first_refusal_of_a_row_is_marked(limits: RequestLimits, clock: Clock) -> None:
    """A row ends with a pause, not with the next request that fits: a flood is one row."""
    marks = []
    for _ in range(40):
        refused = limits.take("wanda")
        marks += [refused.first] if refused else []
        clock.now += 0.25
    assert marks.count(True) == 1
    assert marks[0]
    clock.now += 60
    again = [limits.take("wanda") for _ in range(6)]
    assert [one.first for one in again if one] == [True, False]


def test_guessing_locks_an_address(limits: RequestLimits, clock: Clock) -> None:
    """The third guess within a minute locks for a minute; the first who hears of it is marked."""
    guess(limits, "192.0.2.1", 2)
    assert limits.locked("192.0.2.1") is None
    guess(limits, "192.0.2.1", 1)
    assert limits.locked("192.0.2.1").first
    assert not limits.locked("192.0.2.1").first
    assert limits.locked("192.0.2.2") is None
    clock.now += 59.5
    assert limits.locked("192.0.2.1").retry_after_s == 1
    clock.now += 0.5
    assert limits.locked("192.0.2.1") is None


def test_slow_mistakes_lock_nobody(limits: RequestLimits, clock: Clock) -> None:
    """Two wrong tokens a minute are a person with an old one."""
    for _ in range(50):
        guess(limits, "192.0.2.1", 2)
        clock.now += 60
        assert limits.locked("192.0.2.1") is None


def test_who_goes_on_is_locked_twice_as_long(limits: RequestLimits, clock: Clock) -> None:
    """A minute, two, four, up to a quarter of an hour; a quarter of an hour without ends the row."""
    locked = []
    for _ in range(6):
        guess(limits, "192.0.2.1")
        locked.append(limits.locked("192.0.2.1").retry_after_s)
        clock.now += locked[-1]
    assert locked == [60, 120, 240, 480, 900, 900]
    clock.now += 900
    guess(limits, "192.0.2.1")
    assert limits.locked("192.0.2.1").retry_after_s == 60


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("2001:db8::1%eth0", "2001:db8::2", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
        ("x" * 100, "x" * 64, True),
    ],
)
def test_what_one_subscriber_holds_is_one_client(limits: RequestLimits, one: str, other: str, *, same: bool) -> None:
    """An IPv6 subscriber has a /64 to guess from; an IPv4 address written as IPv6 is the same address."""
    guess(limits, one)
    assert (limits.locked(other) is not None) is same


def test_a_flood_of_addresses_pushes_out_no_lock(limits: RequestLimits) -> None:
    """Single failures of ever new addresses push out counts only."""
    guess(limits, "192.0.2.1")
    for n in range(1_000):
        limits.failed(f"198.51.100.{n % 256}.{n}")
    assert limits.locked("192.0.2.1")
    assert len(limits._guesses.failures) <= 3


def test_a_full_table_of_locks_forgets_the_one_that_ends_first(limits: RequestLimits, clock: Clock) -> None:
    """To push a lock out somebody must be locked longer; memory stays bounded."""
    guess(limits, "192.0.2.1")
    clock.now += 60
    guess(limits, "192.0.2.1")  # two minutes now
    for n in range(10):
        guess(limits, f"198.51.100.{n}")
    assert limits.locked("192.0.2.1")
    assert len(limits._guesses.locks) == 3


def test_refusals_that_are_no_guesses_lock_nobody(limits: RequestLimits, clock: Clock) -> None:
    """They are noted as often as guesses would be, a row of three and then rows with longer and longer pauses."""
    noted = []
    for _ in range(3_600):
        noted.append(limits.notes("192.0.2.1"))
        assert limits.locked("192.0.2.1") is None
        clock.now += 1
    assert noted[:5] == [True, True, True, False, False]
    assert noted.count(True) == 3 * 7  # after 0, 1, 3, 7, 15, 30 and 45 minutes
    assert limits.notes("192.0.2.2")
    for n in range(1_000):
        limits.notes(f"198.51.100.{n % 256}.{n}")
    assert len(limits._noted.failures) <= 3


def test_subjects_are_bounded(limits: RequestLimits) -> None:
    """The one who was away longest is forgotten, and begins anew."""
    for n in range(50):
        limits.take(str(n))
    assert len(limits._buckets) == 3


def test_threads_take_no_more_than_there_is(clock: Clock) -> None:
    """Requests at once are counted one by one."""
    limits = RequestLimits(clock=clock, rates=Rates(per_second=1, burst=100))
    passed: list[bool] = []
    threads = [
        threading.Thread(target=lambda: passed.extend(limits.take("wanda") is None for _ in range(50)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 100
