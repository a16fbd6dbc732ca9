"""`qm serve`, as people run it."""

from __future__ import annotations

import os
import socket
import sys
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from agents.adapters.local_issuer import LocalIssuer
from bench.serving.process import folder, start

if TYPE_CHECKING:
    from pathlib import Path

_COMMAND = (sys.executable, "-c", "from agents.entry.cli import main; main()")


@dataclass(frozen=True)
class Served:
    """A server on a store of its own."""

    port: int
    home: Path

    def token(self, subject: str, *groups: str) -> str:
        """A token of the server's own issuer."""
        return LocalIssuer(self.home / "issuer.pem", clock=time.time).token(subject, groups)

    def send(self, request: bytes) -> bytes:
        """The first answer to what is sent, whatever it is."""
        with socket.create_connection(("127.0.0.1", self.port)) as raw:
            raw.sendall(request)
            answer = raw.recv(65536)
        assert answer.split()[1] in {b"200", b"201"}, answer
        return answer


@cache
def laptop() -> Served:
    """The server, until the end of the benchmark."""
    home = folder()
    process = start([*_COMMAND, "serve", "--port", "0"], environment={**os.environ, "QM_HOME": str(home)})
    assert process.stdout is not None
    return Served(int(process.stdout.readline().rsplit(":", 1)[1]), home)
