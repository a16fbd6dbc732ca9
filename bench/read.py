"""Many who read what an agent runs on, against as many whom bare Starlette says hello to.

Ours is `qm serve` as people run it: token, limits and routing on, and each reader written down once a minute. The peer
runs on the same kind of server, in a process of its own, and both are called by the same client.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from bench.serving import readers
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

# Of time: half of the throughput.
NAME, TARGET = "read", Target(ratio_at_most=2.0)


def ours() -> Callable[[], object]:
    return _side().everybody()


def peer() -> Callable[[], object]:
    return readers.peer().everybody()


def same() -> None:
    """Each answers in full."""
    assert json.loads(readers.body(_side().ask()))["key"] == "agent/inventory"
    assert readers.greets(readers.peer().ask())


@cache
def _side() -> readers.Side:
    side = readers.ours(unchanged=False)
    side.warm()  # a reader comes with one token for an hour
    return side
