"""R4: many at once ask, read, write and follow over HTTP; nothing breaks, nothing is lost, nothing piles up."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from agents.adapters.local_issuer import LocalIssuer
from agents.supply_chain.sample_people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from tests.reliability.conftest import Load

QM = (sys.executable, "-m", "agents.entry.cli")
CONCURRENT, LASTS_S = (100, 256, 1_000), 60.0  # the full form
SHORT, SHORT_S, WARM_S = (100,), 5.0, 4.0
GROWTH = 0.10
LEAST_PER_S = 10  # on a machine that does other things beside
SUBJECTS = 25
# What is written: a counter each. Whoever raises one says which number it was made from.
COUNTERS = [
    f"/v1/configs/agent/{name}?layer={layer}" for name in ("inventory", "sql") for layer in ("env:dev", "instance:load")
]
FINE = {200, 201, 304, 412, 429}


@dataclass
class Server:
    url: str
    pid: int
    issuer: LocalIssuer

    def headers(self, subject: str, groups: Sequence[str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(subject, groups)}"}

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    process = subprocess.Popen(
        [*QM, "serve", "--port", "0"], env=os.environ | {"QM_HOME": str(tmp_path)}, stdout=subprocess.PIPE, text=True
    )
    try:
        url = process.stdout.readline().split()[-1]
        yield Server(url, process.pid, LocalIssuer(tmp_path / "issuer.pem", clock=time.time))
    finally:
        process.terminate()
        process.wait(15)
        process.stdout.close()


@dataclass
class Traffic:
    """Many clients in one loop. `statuses` has what was answered, by operation."""

    http: httpx.AsyncClient
    clients: int
    operators: list[dict[str, str]]  # what each client sends with its requests
    askers: list[dict[str, str]]
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    raised: Counter[str] = field(default_factory=Counter)  # URL -> writes that were acknowledged
    took_ms: list[float] = field(default_factory=list)

    async def run(self, *, lasts_s: float) -> None:
        until = time.monotonic() + lasts_s
        await asyncio.gather(*(self._client(number, until) for number in range(self.clients)))

    async def _client(self, number: int, until: float) -> None:
        dice = random.Random(number)
        operator, asker = (those[number % len(those)] for those in (self.operators, self.askers))
        operations: dict[str, tuple[int, Callable[[], Awaitable[object]]]] = {
            "ask": (3, lambda: self._ask(asker)),
            "get": (40, lambda: self._get(operator, dice.choice(COUNTERS))),
            "put": (20, lambda: self._put(operator, dice.choice(COUNTERS))),
            "history": (17, lambda: self._history(operator, dice.choice(COUNTERS))),
            "changes": (20, lambda: self._changes(operator)),
        }
        weights = [weight for weight, _ in operations.values()]
        await asyncio.sleep(dice.random())  # they do not come all at once
        while time.monotonic() < until:
            (name,) = dice.choices(list(operations), weights)
            await operations[name][1]()

    async def _ask(self, headers: dict[str, str]) -> None:
        await self._send("ask", "POST", "/v1/ask", headers, json={"question": "How many products are there?"})

    async def _get(self, headers: dict[str, str], url: str) -> httpx.Response:
        return await self._send("get", "GET", url, headers)

    async def _put(self, headers: dict[str, str], url: str) -> None:
        head = await self._get(headers, url)
        if head.status_code != 200:
            return
        count = head.json()["content"]["parameters"]["count"] + 1
        body = {"content": {"parameters": {"count": count}}, "message": "One more"}
        answer = await self._send("put", "PUT", url, {**headers, "If-Match": head.headers["ETag"]}, json=body)
        self.raised[url] += answer.status_code == 201

    async def _history(self, headers: dict[str, str], url: str) -> None:
        path, _, query = url.partition("?")
        await self._send("history", "GET", f"{path}/history?{query}&limit=20", headers)

    async def _changes(self, headers: dict[str, str]) -> None:
        await self._send("changes", "GET", "/v1/changes?after=&limit=50", headers)

    async def _send(
        self, name: str, method: str, url: str, headers: dict[str, str], *, json: object = None
    ) -> httpx.Response:
        began = time.monotonic()
        answer = await self.http.request(method, url, headers=headers, json=json)
        self.took_ms.append((time.monotonic() - began) * 1_000)
        self.statuses[name, answer.status_code] += 1
        return answer


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_many_at_once_break_nothing(server: Server, load: Load, report: Callable[..., None]) -> None:
    """No answer is a fault of ours, every acknowledged write is in the count, and memory levels off."""
    for clients in CONCURRENT if load.full else SHORT:
        asyncio.run(_together(server, clients, LASTS_S if load.full else SHORT_S, report))


async def _together(server: Server, clients: int, lasts_s: float, report: Callable[..., None]) -> None:
    limits = httpx.Limits(max_connections=min(clients, 400), max_keepalive_connections=min(clients, 400))
    async with httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits) as http:
        # Many, since a subject may ask so often only.
        operators = [server.headers(f"operator-{number}", ["operator"]) for number in range(SUBJECTS)]
        traffic = Traffic(http, clients, operators, [server.headers(one.subject, one.groups) for one in PEOPLE])
        operator = server.headers("olga", ["operator"])
        first = {url: await _count(http, url, operator) for url in COUNTERS}
        await traffic.run(lasts_s=WARM_S)
        warm_mb, warm = server.resident_mb(), sum(traffic.statuses.values())
        began = time.monotonic()
        await traffic.run(lasts_s=lasts_s)
        took_s = time.monotonic() - began
        grown = server.resident_mb() / warm_mb - 1
        lost = {url: first[url] + traffic.raised[url] - await _count(http, url, operator) for url in COUNTERS}
    answers = sum(traffic.statuses.values())
    broken = {one: number for one, number in traffic.statuses.items() if one[1] not in FINE}
    p99 = sorted(traffic.took_ms)[int(len(traffic.took_ms) * 0.99)]
    per_s, writes = round((answers - warm) / took_s), sum(traffic.raised.values())
    report(clients=clients, answers=answers, per_s=per_s, writes=writes,
           broken=sum(broken.values()), lost=sum(lost.values()), growth=f"{grown:.1%}", p99_ms=round(p99))  # fmt: skip
    assert not broken
    assert set(lost.values()) == {0}
    assert grown <= GROWTH
    for name in ("ask", "get", "put", "history", "changes"):
        assert traffic.statuses[name, 200] + traffic.statuses[name, 201] > 0, f"void: no {name} was answered"
    assert per_s >= LEAST_PER_S, "void: too little load to prove anything"


async def _count(http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> int:
    """What a counter stands at; it is made when there is none."""
    answer = await http.get(url, headers=headers)
    if answer.status_code == 404:
        body = {"content": {"parameters": {"count": 0}}, "message": "A counter"}
        made = await http.put(url, headers={**headers, "If-None-Match": "*"}, json=body)
        assert made.status_code == 201, made.text
        return 0
    count: int = answer.json()["content"]["parameters"]["count"]
    return count
