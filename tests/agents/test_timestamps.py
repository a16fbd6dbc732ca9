"""Times as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from agents.timestamps import rfc3339

ZONES = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# A day inside of what a calendar holds, so that each has a time in UTC.
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 - ZONES has them


def test_a_time_is_written_in_utc_with_milliseconds() -> None:
    """Also where there are none, so that each has the same length."""
    assert rfc3339(datetime(2026, 6, 30, 12, tzinfo=UTC)) == "2026-06-30T12:00:00.000Z"
    assert rfc3339(datetime(2026, 6, 30, 12, 0, 0, 1999, timezone(timedelta(hours=2)))) == "2026-06-30T10:00:00.001Z"


@given(TIMES, TIMES)
def test_texts_sort_as_their_times_do(one: datetime, other: datetime) -> None:
    """Whatever their zones, to the millisecond."""
    assert (rfc3339(one) <= rfc3339(other)) or one > other
    assert abs(datetime.fromisoformat(rfc3339(one)) - one) < timedelta(milliseconds=1)
