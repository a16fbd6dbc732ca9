"""Serve the platform on this laptop: HTTP API on a loopback address."""

from __future__ import annotations

import errno
import socket
from typing import Annotated, Final

import typer

from agents.cli.laptop import only_local
from agents.cli.on_laptop import platform
from agents.errors import ForbiddenError, SetupError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
WORKER_S: Final = 60  # as often as the schedule of a stack
HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")


@app.command(help=__doc__, epilog="Then: qm token --as warehouse_manager")
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8080,
    environment: Annotated[str, typer.Option(help="Which environment's layer of the configuration.")] = "dev",
    stack: Annotated[str, typer.Option(help="Only `local`: elsewhere the stack serves.")] = "local",
) -> None:
    only_local(stack)
    if host not in LOOPBACK:
        raise ForbiddenError(
            f"the local issuer gives a token to anybody who can reach it, so {host} is refused",
            fix="Serve on 127.0.0.1, or deploy a stack with a user pool.",
        )
    listener = _listen(host, port)
    laptop = platform(ctx, environment)
    application = laptop.app(HOSTS)
    from agents.cli.http_server import Limits, http_server
    from agents.runtime.worker import working

    name = f"[{host}]" if ":" in host else host
    typer.echo(f"Serving on http://{name}:{listener.getsockname()[1]}")
    server = http_server(application, Limits())
    with listener, working(laptop.jobs, every_s=WORKER_S), laptop.follow():
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket, so that a taken port is known before anything else happens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"port {port} of {host} is taken", fix="Stop what holds it, or use --port 0.") from error
        raise SetupError(f"port {port} of {host} cannot be used: {error.strerror}", fix="Use --port 0.") from error
    return listener
