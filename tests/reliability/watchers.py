"""Subscribers of the change feed by the hundred, in one loop: each keeps the numbers that it was told, as they came."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_ID = re.compile(rb"^id: ((\d+)\S*)$\nevent: change$", re.MULTILINE)  # a cursor begins with its number


@dataclass
class Watcher:
    """Follows, and comes back by its last id when it was cut off. A slow one stops reading from time to time."""

    token: str
    port: int
    slow: bool
    dice: random.Random
    got: list[int] = field(default_factory=list)
    connected: int = 0
    _writer: asyncio.StreamWriter | None = None
    _pause: bool = False
    _last: str = ""

    async def follow(self) -> None:
        while True:
            with suppress(OSError, EOFError, asyncio.LimitOverrunError, ValueError):
                await self._once()
            await asyncio.sleep(self.dice.uniform(0.02, 0.2))

    def drop(self) -> None:
        """Ends the connection without a word, in the middle of whatever comes."""
        if self._writer is not None:
            self._writer.transport.abort()

    def stall(self) -> None:
        """A slow one does not read for longer than the server waits."""
        self._pause = self.slow

    async def _once(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=8192)
        try:
            last = f"Last-Event-ID: {self._last}\r\n" if self._last else ""
            self._writer.write(
                f"GET /v1/changes HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n{last}"
                f"Authorization: Bearer {self.token}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                return
            self.connected += 1
            pending = b""
            while size := int(await reader.readuntil(b"\r\n"), 16):
                pending += (await reader.readexactly(size + 2))[:-2]
                # What is whole is taken at once, so that what was cut off in the middle is told again.
                whole, end, pending = pending.rpartition(b"\n\n")
                for cursor, number in _ID.findall(whole + end):
                    self._last = cursor.decode()
                    self.got.append(int(number))
                if self._pause:
                    self._pause = False
                    await asyncio.sleep(3)
        finally:
            self._writer.transport.abort()
            self._writer = None
