"""Whether a history of compare-and-set registers could have happened one operation at a time.

The search of Wing and Gong with the memory of Lowe: take any operation that began before every other one that is left
had ended, try it on the state, go on; a set of operations that was done and a state are tried once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

State: TypeAlias = tuple[int, str]  # number and value
NOTHING: State = (0, "")
NEVER = float("inf")


@dataclass(frozen=True)
class Operation:
    """A read when `new` is None, else a write of `new` over the number `expected`.

    `seen` is what a read gave; `outcome` is "ok", "conflict", or "unknown" when nobody heard of it.
    """

    start: float
    end: float
    outcome: str
    expected: int = 0
    new: State | None = None
    seen: State = NOTHING

    def after(self, state: State) -> State | None:
        """The state that it leaves, None when it could not have happened there."""
        if self.new is None:
            return state if self.seen == state else None
        if self.outcome == "conflict":
            return state if self.expected != state[0] else None
        return self.new if self.expected == state[0] else None


def linearizable(history: Sequence[Operation]) -> bool:
    """Whether one order explains every answer. What nobody heard of may have happened at any time, or never."""
    # An unknown read tells nothing.
    operations = sorted(
        (one for one in history if one.outcome != "unknown" or one.new is not None), key=lambda one: one.start
    )
    heard = sum(1 << place for place, one in enumerate(operations) if one.outcome != "unknown")
    begin = (0, NOTHING)
    tried, left = {begin}, [begin]
    while left:
        done, state = left.pop()
        if done & heard == heard:
            return True
        for place in reversed(_next(operations, done)):
            after = operations[place].after(state)
            if after is not None and (step := (done | 1 << place, after)) not in tried:
                tried.add(step)
                left.append(step)
    return False


def _next(operations: Sequence[Operation], done: int) -> list[int]:
    """Those that may be next: none that is left had ended before they began. Who ended first comes first."""
    places: list[int] = []
    earliest = NEVER
    for place, one in enumerate(operations):
        if one.start > earliest:
            break
        if not done >> place & 1:
            places.append(place)
            if one.outcome != "unknown":
                earliest = min(earliest, one.end)
    return sorted(
        (place for place in places if operations[place].start <= earliest), key=lambda place: operations[place].end
    )
