"""What a laptop's server tells a scraper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.contract import ROUTES
from agents.telemetry.metrics import METRICS

if TYPE_CHECKING:
    import httpx


def total(client: httpx.Client, name: str) -> float:
    """The sum of a metric's series."""
    text = client.get("/metrics").text
    return sum(
        float(value) for value in re.findall(rf"^quartermaster_{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    )


def test_a_question_is_counted_where_it_happens(client: httpx.Client, manager: dict[str, str]) -> None:
    """Turn, model, tool and statement each by one request: the server's own series, in Prometheus' text format."""
    names = ("turns_total", "model_calls_total", "tool_calls_total", "queries_total", "turn_latency_ms_count")
    before = {name: total(client, name) for name in names}
    body = {"question": "What is at or below its reorder point in WH02?"}
    assert client.post("/v1/ask", json=body, headers=manager).status_code == 200
    assert {name: total(client, name) - before[name] for name in names} == {
        "turns_total": 1,
        "model_calls_total": 2,
        "tool_calls_total": 1,
        "queries_total": 1,
        "turn_latency_ms_count": 1,
    }


def test_what_is_shown_is_in_the_catalogue_and_names_nobody(client: httpx.Client, manager: dict[str, str]) -> None:
    """Anybody on this machine may read it."""
    client.post("/v1/ask", json={"question": "?"})
    client.post("/v1/ask", json={"question": "What is low in WH01?"}, headers=manager)
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    shown = set(re.findall(r"^# TYPE quartermaster_([a-z_]+?)(?:_total)? ", response.text, re.MULTILINE))
    assert shown <= {metric.name for metric in METRICS}
    assert "sign_in_refusals" in shown
    assert "wanda" not in response.text


def test_it_is_the_servers_and_not_the_apis(client: httpx.Client) -> None:
    """A function's metrics go to its log, so the deployed API has no such route."""
    assert "/metrics" not in {path for _, path in ROUTES}
    assert "/metrics" not in client.get("/openapi.json").json()["paths"]
