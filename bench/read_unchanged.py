"""Many who ask whether what an agent runs on is still what they have, against bare Starlette's hello. See `read`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bench.serving import readers
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

# Of time: seven tenths of the throughput.
NAME, TARGET = "read_unchanged", Target(ratio_at_most=1.42)


def ours() -> Callable[[], object]:
    return _side().everybody()


def peer() -> Callable[[], object]:
    return readers.peer().everybody()


def same() -> None:
    """One says that nothing is new, by a head alone; the other says hello."""
    assert not readers.body(_side().ask())
    assert readers.greets(readers.peer().ask())


@cache
def _side() -> readers.Side:
    side = readers.ours(unchanged=True)
    side.warm()
    return side
