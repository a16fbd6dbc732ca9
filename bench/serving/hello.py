"""The least that our web framework can answer, on a server like ours."""

from __future__ import annotations

import socket
import sys
from functools import cache
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from agents.cli.http_server import Limits, http_server
from bench.serving.process import start

TEXT: Final = "hello"
_ROOT: Final = Path(__file__).parents[2]
_SERVE: Final = "import sys; sys.path.insert(0, sys.argv[1]); from bench.serving.hello import serve; serve()"


@cache
def hello() -> int:
    """The port of a process of its own, until the end of the benchmark."""
    process = start([sys.executable, "-c", _SERVE, str(_ROOT)])
    assert process.stdout is not None
    return int(process.stdout.readline())


def serve() -> None:
    """Serves in this process, after it said where."""

    async def said(_: object) -> PlainTextResponse:
        return PlainTextResponse(TEXT)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        http_server(Starlette(routes=[Route("/hello", said)]), Limits()).run(sockets=[listener])
