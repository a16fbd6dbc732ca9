"""The prod program under the recorder, against as many bare resources under the SDK's own mocks."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.settings import configure
from pulumi.runtime.stack import run_in_stack

from bench.target import Target
from delivery.recorder import PROVIDER, record
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.stack_files import Stack

NAME, TARGET = "infrastructure", Target(ratio_at_most=1.3)

_ROOT: Final = Path(__file__).parents[1]


class _Mocks(mocks.Mocks):
    """Gives back what it was given."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        return args.name, args.inputs


def ours() -> Callable[[], object]:
    stack = _stack()
    return lambda: record(_ROOT, stack)


def peer() -> Callable[[], object]:
    count = _count()
    return lambda: _bare(count)


def same() -> None:
    """Both sides register the same number of resources, which is no small one."""
    count = _count()
    assert count >= 150  # noqa: PLR2004 - what production has at least
    assert _bare(count) == count


def _stack() -> Stack:
    return read_stack(_ROOT, "prod")


def _count() -> int:
    recorded = record(_ROOT, _stack()).registrations
    return sum(one.custom and not one.type.startswith(PROVIDER) for one in recorded)


def _bare(count: int) -> int:
    """Registers resources with one property and no dependencies; returns how many arrived."""
    arrived: list[str] = []

    class Counting(_Mocks):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, object]]:
            arrived.append(args.name)
            return super().new_resource(args)

    def program() -> None:
        for number in range(count):
            pulumi.CustomResource("bench:index:Bare", f"bare-{number}", {"number": number})

    loops: list[asyncio.AbstractEventLoop] = []

    def give_loop() -> None:
        # The SDK's mocks make one in each thread that has none, and close none.
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    def run() -> None:
        give_loop()
        loop = loops[0]
        loop.set_default_executor(ThreadPoolExecutor(initializer=give_loop))
        monitor = mocks.MockMonitor(Counting())
        configure(mocks.MockSettings(monitor=monitor, project="bench", stack="bench", dry_run=True))  # type: ignore[no-untyped-call]  # the SDK's mocks are untyped
        try:
            loop.run_until_complete(run_in_stack(program))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            for one in loops:
                one.close()

    # A context and a thread of its own, as a recording has: the SDK keeps its settings in the context.
    thread = threading.Thread(target=contextvars.Context().run, args=(run,))
    thread.start()
    thread.join()
    return len(arrived)
