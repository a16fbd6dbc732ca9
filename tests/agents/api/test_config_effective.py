"""What runs, as an answer that is kept: it is another one when content, versions or format are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.configuration.documents import Draft
from tests.agents.api.config_server import PATH, put

if TYPE_CHECKING:
    import httpx

    from agents.configuration.documents import Content
    from tests.agents.api.config_server import ConfigServer

EFFECTIVE = f"{PATH}/effective"


def test_the_same_content_of_other_versions_is_another_answer(http: httpx.Client) -> None:
    """Or its versions would stay those of the first; who names the digest alone asks of the content only."""
    put(http, 3, 0)
    first = http.get(EFFECTIVE)
    assert http.get(EFFECTIVE, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    put(http, 3, 1)
    again = http.get(EFFECTIVE, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["versions"]["agent/inventory@env:dev"]) == (200, 2)
    assert again.json()["digest"] == first.json()["digest"]
    by_digest = http.get(EFFECTIVE, headers={"If-None-Match": f'"{first.json()["digest"]}"'})
    assert (by_digest.status_code, by_digest.headers["etag"]) == (304, again.headers["etag"])


def test_each_format_has_an_etag_of_its_own(http: httpx.Client) -> None:
    """So that no cache gives YAML to who has JSON."""
    tags = {}
    for form in ("json", "yaml", "toml"):
        accept = {"Accept": f"application/{form}"}
        tags[form] = http.get(EFFECTIVE, headers=accept).headers["etag"]
        assert http.get(EFFECTIVE, headers=accept | {"If-None-Match": tags[form]}).status_code == 304
    assert len(set(tags.values())) == 3
    yaml = http.get(EFFECTIVE, headers={"Accept": "application/yaml", "If-None-Match": tags["json"]})
    assert yaml.status_code == 200


def test_people_see_no_stored_secret(http: httpx.Client, server: ConfigServer) -> None:
    """In each format and at any time."""
    content: Content = {"parameters": {"api_key": "hunter2"}}
    server.store.append(
        [Draft(key="agent/inventory", layer="env:dev", content=content, author="x", message="m", expected=0)]
    )
    for accept in ("application/json", "application/yaml"):
        for query in ({}, {"at": "2999-01-01T00:00:00Z"}):
            read = http.get(EFFECTIVE, params=query, headers={"Accept": accept})
            assert (read.status_code, "hunter2" in read.text, "***" in read.text) == (200, False, True)
