"""Commit -> applied: how long after a publish the last of many agents elsewhere runs it. Prints JSON.

    python -m bench.figures.apply [--agents 200] [--publishes 10] [--way stream|wait|poll]

A real server in a process of its own, agents as threads of a few more, each with its own connection and identity. The
times are the ledger's: from the publish to when the agent put it in force.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.adapters.local_issuer import LocalIssuer
from agents.bootstrap.common import now
from agents.client.client import Client
from agents.client.follow import Following, Way
from agents.client.nouns import Ack as ClientAck
from agents.configuration.documents import Change
from agents.errors import NotFoundError
from agents.runtime.acks import Acks
from agents.runtime.follow import Follower
from agents.runtime.follow_remote import RemoteSource, hearing

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Sequence

    from agents.configuration.instances import Ack
    from agents.json_value import Json

PROCESSES: Final = 4
TOGETHER_S: Final = 0.2
MAX_ACKS: Final = 100
POLL_S: Final = 10.0
TARGET_MS: Final = {Way.STREAM: 250, Way.WAIT: 250, Way.POLL: 30_000}
_LOOK_S: Final = 1.0
_KEY: Final = "agent/sql"


class Ledger:
    """The server's ledger for the agents of a process: what they say within a moment goes in one request."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._said: queue.SimpleQueue[Ack] = queue.SimpleQueue()

    def ack(self, acks: Sequence[Ack]) -> None:
        for ack in acks:
            self._said.put(ack)

    def send(self) -> None:
        """Sends for ever."""
        while True:
            said = [self._said.get()]
            time.sleep(TOGETHER_S)
            while len(said) < MAX_ACKS and not self._said.empty():
                said.append(self._said.get())
            told = [{name: value for name, value in vars(ack).items() if name != "seen_at"} for ack in said]
            self._client.ack([ClientAck(**one) for one in told])


def main(arguments: list[str]) -> int:
    """0 when the target is met."""
    parser = argparse.ArgumentParser(prog="python -m bench.figures.apply", description=__doc__)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--publishes", type=int, default=10)
    parser.add_argument("--way", choices=[way.name.lower() for way in Way], default="stream")
    chosen = parser.parse_args(arguments)
    way = Way[chosen.way.upper()]
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        environment = os.environ | {"QM_HOME": home}
        qm = (sys.executable, "-m", "agents.entry.cli", "serve", "--port", "0")
        server = stack.enter_context(subprocess.Popen(qm, env=environment, stdout=subprocess.PIPE, text=True))  # noqa: S603 - ourselves
        stack.callback(server.terminate)
        assert server.stdout
        url = server.stdout.readline().split()[-1]
        issuer = LocalIssuer(Path(home) / "issuer.pem", clock=time.time)
        tokens = [issuer.token(f"remote-{number}", ["operator"]) for number in range(chosen.agents)]
        for part in range(PROCESSES):
            command = (sys.executable, "-m", "bench.figures.apply", "--agents-of", url, way.name, str(part))
            agents = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, text=True))  # noqa: S603 - ourselves
            stack.callback(agents.terminate)
            assert agents.stdin
            agents.stdin.write(json.dumps(tokens[part::PROCESSES]) + "\n")
            agents.stdin.flush()
        with Client(url, issuer.token("olga", ["operator"])) as client:
            lags = _lags(client, chosen.agents, chosen.publishes)
    p99 = lags[max(0, len(lags) * 99 // 100 - 1)]
    met = p99 <= TARGET_MS[way]
    print(json.dumps({"agents": chosen.agents, "way": way.name.lower(), "publishes": chosen.publishes,
                      "cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
                      "p50_ms": lags[len(lags) // 2], "p99_ms": p99, "max_ms": lags[-1], "met": met}))  # fmt: skip
    return 0 if met else 1


def _lags(client: Client, agents: int, publishes: int) -> list[int]:
    """Of each agent and publish, sorted."""
    lags: list[int] = []
    _converged(client, agents)
    for number in range(publishes):
        try:
            made_from = client.get(_KEY, layer="env:dev").number
        except NotFoundError:
            made_from = 0
        content: dict[str, Json] = {"parameters": {"rows": number + 1}}
        client.put(_KEY, content, layer="env:dev", message="m", made_from=made_from)
        time.sleep(_LOOK_S)  # a look at the ledger costs the server more than an agent's read, and is no part of this
        lags += _converged(client, agents)
        time.sleep(0.5)  # so that one publish does not meet the acks of the last
    return sorted(lags)


def _converged(client: Client, agents: int) -> list[int]:
    """The lags once every agent runs what is desired."""
    until = time.monotonic() + 300
    while True:
        found = [one for one in client.instances([_KEY]).instances if one.instance.startswith("i-")]
        if len(found) == agents and {one.standing for one in found} == {"applied"}:
            return [one.lag_ms or 0 for one in found]
        assert time.monotonic() < until, f"{len(found)} of {agents} agents answer"
        time.sleep(_LOOK_S)


def run_agents(url: str, way: Way, part: str) -> None:
    """Agents, one for each token, until this is ended."""
    tokens = json.loads(sys.stdin.readline())
    with ExitStack() as stack:
        ledger = Ledger(stack.enter_context(Client(url, tokens[0])))
        for number, token in enumerate(tokens):
            _start(stack, stack.enter_context(Client(url, token)), ledger, f"i-{part}-{number}", way)
        ledger.send()


def _start(stack: ExitStack, client: Client, ledger: Ledger, name: str, way: Way) -> None:
    source = RemoteSource(client, instance=name)
    acks = Acks(ledger, instance=name, now=now, clock=time.monotonic)
    follower = Follower(source, agents=("sql",), environment="dev", instance=name, acks=acks)

    def stream(after: str, stop: threading.Event) -> Iterable[Change]:
        following = Following(
            client, after=after, keys=(_KEY, "agent/defaults"), name=name, stop=stop, poll_s=POLL_S,
            content_of=_KEY, instance=name, told=source.take,
        )  # fmt: skip
        following.way = way
        return (Change(**vars(change)) for change in following)

    stack.enter_context(
        hearing(
            source,
            latest=lambda: client.changes("latest", limit=1).cursor,
            stream=stream,
            heard=follower.snapshot,
            name=name,
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--agents-of"]:
        run_agents(sys.argv[2], Way[sys.argv[3]], sys.argv[4])
    else:
        sys.exit(main(sys.argv[1:]))
