"""What a fleet reads at each publish waits for no disk, and is written down all the same."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from agents.access.audit import Audit
from agents.access.principal import Principal
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.api.allowed_reads import AllowedReads, noting
from agents.errors import UnavailableError
from tests.agents.api.fed import soon
from tests.agents.api.probe import probed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agents.api.probe import Probe

FOLLOWED = "/v1/configs/agent/sql/effective"  # nothing answers there in the probe, but who may ask is decided first
NOT_THERE = 404
REFUSED = 503


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[Probe]:
    with probed(tmp_path) as found:
        yield found


def lines(probe: Probe, subject: str) -> list[dict[str, Any]]:
    found = [json.loads(entry.text) for entry in probe.log.read(after="", limit=10_000)]
    return [record for record in found if record["subject"] == subject]


@pytest.mark.parametrize("error", [UnavailableError("the disk is full"), RuntimeError("a defect")])
def test_reads_that_are_allowed_wait_a_second_for_the_disk(
    probe: Probe, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then they are refused, as everything is that cannot be written down; what was answered is not lost."""

    def append(_: object) -> None:
        raise error

    def status() -> int:
        return probe.request("GET", FOLLOWED, headers=headers).status_code

    headers = probe.bearer("viewer", subject="agent-1")
    with monkeypatch.context() as broken:
        broken.setattr(probe.log, "append", append)
        first = probe.request("GET", FOLLOWED, headers=headers)
        assert first.status_code == NOT_THERE
        soon(lambda: status() == REFUSED, "reads go on though nothing can be written down")
        assert status() == REFUSED
        assert not lines(probe, "agent-1")
    soon(lambda: bool(lines(probe, "agent-1")), "it was never written down")
    soon(lambda: status() == NOT_THERE, "reads are refused for good")
    line = next(found for found in lines(probe, "agent-1") if found["detail"])
    assert (line["action"], line["resource"], line["rule"]) == ("config:read", "agent/sql", "role viewer")
    assert line["detail"] == {"request_id": first.headers["x-request-id"]}


def test_a_read_that_is_denied_waits_as_everything_does(probe: Probe) -> None:
    """A denial that cannot be written down is no answer."""
    headers = probe.bearer("warehouse_manager", subject="agent-2")
    assert probe.request("GET", FOLLOWED, headers=headers).status_code == 403
    assert [line["allowed"] for line in lines(probe, "agent-2")] == [False]
    probe.log.broken = True
    assert probe.request("GET", FOLLOWED, headers=headers).status_code == 503
    probe.log.broken = False


def test_the_same_read_is_written_down_once_in_a_while(probe: Probe) -> None:
    """By the same caller with the same rights; another document or role is another line."""
    for path in (FOLLOWED, FOLLOWED, FOLLOWED.replace("sql", "inventory")):
        probe.request("GET", path, headers=probe.bearer("viewer", subject="agent-3"))
    probe.request("GET", FOLLOWED, headers=probe.bearer("viewer", "auditor", subject="agent-3"))
    soon(lambda: len(lines(probe, "agent-3")) >= 3, "lines are missing")
    assert [(line["resource"], line["roles"]) for line in lines(probe, "agent-3")] == [
        ("agent/sql", ["viewer"]),
        ("agent/inventory", ["viewer"]),
        ("agent/sql", ["auditor", "viewer"]),
    ]


def test_what_waits_is_written_down_when_the_server_ends(tmp_path: Path) -> None:
    """Nothing is lost by an orderly end."""
    with probed(tmp_path / "ends") as probe:
        probe.request("GET", FOLLOWED, headers=probe.bearer("viewer", subject="agent-4"))
        probe.stop()
        assert len(lines(probe, "agent-4")) == 1


def test_a_server_that_ends_takes_no_more_of_them(tmp_path: Path) -> None:
    """Nobody would write them down: what waited was written when the end began."""
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=lambda: datetime.now(UTC))
    audit = Audit(log, tenant="default", now=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex)
    who = Principal(subject="a", tenant="default", groups=frozenset(), persona=None, roles=frozenset({"viewer"}))

    async def noted() -> list[bool]:
        reads = AllowedReads(audit, clock=lambda: 0.0, limiter=anyio.CapacityLimiter(1))
        ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        note = partial(reads.note, who, "config:read", rule="role viewer", request_id="r", ending=ending)
        found = [note("agent/a"), noting()()]
        ending.set_result(None)
        await asyncio.sleep(0)
        return [*found, note("agent/b"), noting()()]

    assert asyncio.run(noted()) == [True, True, False, False]
    assert [json.loads(entry.text)["resource"] for entry in log.read(after="", limit=10)] == ["agent/a"]
    log.close()
