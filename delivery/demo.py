"""The demo, through the same doors that a person uses: `qm plan`, `qm serve`, `qm token`, HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from agents.errors import SetupError, UnavailableError
from agents.supply_chain.sample_people import PEOPLE
from delivery.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

START_S: Final = 60
ANSWER_S: Final = 30
_QM: Final = (sys.executable, "-m", "agents.entry.cli")


def run_demo(*, port: int, leave: bool) -> None:
    """Prints the plan of `dev`, then a question and its answer for each persona; serves on until it is stopped.

    Raises SetupError when the server does not start, UnavailableError when an answer does not come.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the server ends with us
    typer.echo("== The plan of the stack dev, checked by the policies (qm plan --stack dev)\n")
    planned = subprocess.run([*_QM, "plan", "--stack", "dev"], check=False)  # noqa: S603 - our own command line
    if planned.returncode:
        raise typer.Exit(planned.returncode)
    with _server(port) as (server, url):
        for person in PEOPLE:
            typer.echo(f"\n== {person.persona} asks: {person.question}\n")
            token = _token(person.persona)
            started = time.perf_counter()
            answer = _ask(url, token, person.question)
            elapsed_ms = (time.perf_counter() - started) * 1000
            typer.echo(answer["answer"])
            typer.echo(
                f"\n({answer['agent']} agent, {elapsed_ms:.0f} ms, configuration {answer['config_version'][:19]})"
            )
        if leave:
            return
        typer.echo(f"\n== Running at {url} until Ctrl-C. A warehouse manager's sign-in token:\n")
        typer.echo(_token(PEOPLE[0].persona))
        typer.echo(
            f'\nAsk it: curl -s {url}/v1/ask -H "Authorization: Bearer $(.venv/bin/qm token --as {PEOPLE[0].persona})"'
            f" -H 'Content-Type: application/json' -d '{json.dumps({'question': PEOPLE[0].question})}'"
        )
        server.wait()


@contextmanager
def _server(port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `qm serve` and its URL; on any free port when `port` is taken."""
    var = Places.here().var
    var.mkdir(exist_ok=True)
    for wanted in (port, 0):
        command = [*_QM, "serve", "--port", str(wanted)]
        # What it logs goes to a file: nobody would empty a pipe while it serves.
        with tempfile.TemporaryFile("w+", dir=var) as log:
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603 - the same
            try:
                line = server.stdout.readline() if server.stdout else ""
                if line.startswith("Serving on "):
                    url = line.removeprefix("Serving on ").strip()
                    _await(url, server)
                    yield server, url
                    return
            finally:
                _stop(server)
            log.seek(0)
            said = log.read().strip()
        if wanted == 0 or "is taken" not in said:
            raise SetupError(f"the server did not start: {said.removeprefix('error: ') or 'it said nothing'}")
        typer.echo(f"\n(port {wanted} is taken; using a free one)")


def _await(url: str, server: subprocess.Popen[str]) -> None:
    """Waits until the server answers: it listens before it is ready, so the first request queues."""
    deadline = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=START_S):  # noqa: S310 - our own loopback URL
                return
        except urllib.error.HTTPError as error:
            raise SetupError(f"the server is not ready: it answered {error.code}") from error
        except OSError:
            continue
    raise SetupError(f"the server was not ready within {START_S} s", fix="Run `qm serve` to see why.")


def _ask(url: str, token: str, question: str) -> dict[str, str]:
    request = urllib.request.Request(  # noqa: S310 - our own loopback URL
        f"{url}/v1/ask",
        data=json.dumps({"question": question}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as response:  # noqa: S310 - the same
            answer: dict[str, str] = json.load(response)
            return answer
    except OSError as error:
        raise UnavailableError(f"the server gave no answer: {error}", fix="Run `qm serve` to see why.") from error


def _token(persona: str) -> str:
    done = subprocess.run([*_QM, "token", "--as", persona], check=False, capture_output=True, text=True)  # noqa: S603 - the same
    if done.returncode:
        raise SetupError(done.stderr.strip().removeprefix("error: "))
    return done.stdout.strip()


def _stop(server: subprocess.Popen[str]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    if server.stdout:
        server.stdout.close()
