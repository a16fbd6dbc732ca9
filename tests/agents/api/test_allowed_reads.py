"""What a fleet reads at each publish waits for no disk, and is written down all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.agents.api.fed import soon
from tests.agents.api.probe import probed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agents.api.probe import Probe

FOLLOWED = "/v1/configs/agent/sql/effective"  # nothing answers there in the probe, but who may ask is decided first
NOT_THERE = 404


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[Probe]:
    with probed(tmp_path) as found:
        yield found


def lines(probe: Probe, subject: str) -> list[dict[str, Any]]:
    found = [json.loads(entry.text) for entry in probe.log.read(after="", limit=10_000)]
    return [record for record in found if record["subject"] == subject]


def test_a_read_that_is_allowed_waits_for_no_disk(probe: Probe) -> None:
    """It is answered while nothing can be written down, and written down when that can be had again."""
    probe.log.broken = True
    response = probe.request("GET", FOLLOWED, headers=probe.bearer("viewer", subject="agent-1"))
    assert response.status_code == NOT_THERE
    assert not lines(probe, "agent-1")
    probe.log.broken = False
    soon(lambda: bool(lines(probe, "agent-1")), "it was never written down")
    (line,) = lines(probe, "agent-1")
    assert (line["action"], line["resource"], line["rule"]) == ("config:read", "agent/sql", "role viewer")
    assert line["detail"] == {"request_id": response.headers["x-request-id"]}


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
