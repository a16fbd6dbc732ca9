"""Questions that come at once are answered at once: by one thread, and one look at the store for them all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Q = TypeVar("Q")
A = TypeVar("A")


class Together(Generic[Q, A]):
    """Whoever asks while others are answered is answered next, with all who came meanwhile.

    Never with those who were first: what they are told may have been read before the question came. `answers` runs on
    a thread; for each question it gives an answer or the error to raise.
    """

    def __init__(self, answers: Callable[[Sequence[Q]], Mapping[Q, A | Exception]]) -> None:
        self._answers = answers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Q, list[asyncio.Future[A]]] = {}
        self._answering: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer as of now, or later. Raises what it is."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # where each request has a loop of its own, nobody waits in the last one
            self._loop, self._waiting, self._answering = loop, {}, None
        future: asyncio.Future[A] = loop.create_future()  # his own: one who goes away must not end it for others
        self._waiting.setdefault(question, []).append(future)
        if self._answering is None:
            self._answering = loop.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                try:
                    answers = await run_in_threadpool(self._answers, list(asked))
                except Exception as error:  # noqa: BLE001 - it is raised where it was asked
                    answers = dict.fromkeys(asked, error)
                for question, futures in asked.items():
                    for future in futures:
                        _settle(future, answers[question])
        finally:
            self._answering = None


def _settle(future: asyncio.Future[A], answer: A | Exception) -> None:
    if future.done():  # nobody waits any more
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
