"""Secrets that were written out: refused over HTTP, and masked for who reads what was stored before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.configuration.documents import Draft
from tests.agents.api.config_server import DEV, PATH, code

if TYPE_CHECKING:
    import httpx

    from agents.configuration.documents import Content
    from tests.agents.api.config_server import ConfigServer

SECRET: Content = {"parameters": {"api_key": "hunter2"}}


def test_a_secret_that_is_written_out_is_refused(http: httpx.Client) -> None:
    """With its pointer and what to write; the answer does not repeat it."""
    body = {"content": SECRET, "message": "m"}
    refused = http.put(PATH, params=DEV, json=body, headers={"If-None-Match": "*"})
    assert code(refused, 400) == "invalid"
    assert [one["pointer"] for one in refused.json()["problems"]] == ["/parameters/api_key"]
    assert "hunter2" not in refused.text
    assert http.post(f"{PATH}/validate", params=DEV, json=body).json()["valid"] is False


@pytest.mark.parametrize("accept", ["application/json", "application/yaml"])
def test_what_was_stored_is_masked(http: httpx.Client, server: ConfigServer, accept: str) -> None:
    """In each read of a layer or version, and not put back by who sends what was read."""
    draft = Draft(key="agent/inventory", layer="env:dev", content=SECRET, author="x", message="m", expected=0)
    server.store.append([draft])
    reads: tuple[tuple[str, dict[str, str]], ...] = (
        (PATH, DEV), (PATH, DEV | {"at": "2999-01-01T00:00:00Z"}), (f"{PATH}/versions/1", DEV),
        (f"{PATH}/explain", {"pointer": "/parameters"}),
    )  # fmt: skip
    for path, query in reads:
        read = http.get(path, params=query, headers={"Accept": accept})
        assert (read.status_code, "hunter2" in read.text, "***" in read.text) == (200, False, True), (path, query)
    content = http.get(PATH, params=DEV).json()["content"]
    etag = http.get(PATH, params=DEV).headers["etag"]
    back = http.put(PATH, params=DEV, json={"content": content, "message": "m"}, headers={"If-Match": etag})
    assert code(back, 400) == "invalid"
