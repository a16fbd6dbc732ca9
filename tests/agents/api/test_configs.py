"""`/v1/configs` over a real server: changes of running agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

QUESTION = "Which products will run out in warehouse WH01 in the next 14 days?"
PATH = "/v1/configs/agent/inventory"


def test_a_published_change_counts_from_the_next_answer_on(
    client: httpx.Client, manager: dict[str, str], operator: dict[str, str]
) -> None:
    """Without a restart the next answer shows the change and names the new configuration."""
    before = client.post("/v1/ask", json={"question": QUESTION}, headers=manager).json()
    read = client.get(PATH, headers=operator).raise_for_status()
    content = read.json()["content"] | {"parameters": {"rows": 1}}
    published = client.put(
        PATH, json={"content": content, "message": "One line"}, headers=operator | {"If-Match": read.headers["etag"]}
    )
    assert (published.status_code, published.headers["etag"]) == (201, f'"2-{published.json()["digest"][7:15]}"')
    after = client.post("/v1/ask", json={"question": QUESTION}, headers=manager).json()
    assert after["config_version"] != before["config_version"]
    assert len(after["answer"].splitlines()) == len(before["answer"].splitlines()) - 4


def test_a_stale_publish_is_refused_and_nothing_is_lost(client: httpx.Client, operator: dict[str, str]) -> None:
    """Of two edits made from one version the second gets 412, and the first stays."""
    path = "/v1/configs/agent/sql"
    read = client.get(path, headers=operator)
    edits = [
        client.put(
            path,
            json={"content": read.json()["content"] | {"title": title}, "message": title},
            headers=operator | {"If-Match": read.headers["etag"]},
        )
        for title in ("first", "second")
    ]
    assert [edit.status_code for edit in edits] == [201, 412]
    assert edits[1].json()["code"] == "conflict"
    assert client.get(path, headers=operator).json()["content"]["title"] == "first"


def test_an_unchanged_document_is_304(client: httpx.Client, operator: dict[str, str]) -> None:
    """A reader that has the newest version is told so without its content."""
    etag = client.get("/v1/configs/agent/defaults", headers=operator).headers["etag"]
    again = client.get("/v1/configs/agent/defaults", headers=operator | {"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        (PATH, {}, {"content": {}, "message": "m"}, 428),
        (PATH, {"If-Match": "2"}, {"content": {}, "message": "m"}, 400),
        (PATH, {"If-Match": '"99"'}, {"content": {"title": "x"}, "message": ""}, 400),
        (PATH + "?layer=env:dev", {"If-None-Match": "*"}, {"content": {"tools": ["nope"]}, "message": "m"}, 400),
        (PATH + "?layer=env:dev", {"If-None-Match": "*"}, {"content": {"limits": {"turns": 0}}, "message": "m"}, 400),
        (PATH + "?layer=nowhere", {"If-None-Match": "*"}, {"content": {}, "message": "m"}, 400),
        ("/v1/configs/agent/nobody", {"If-None-Match": "*"}, {"content": {}, "message": "m"}, 400),
        ("/v1/configs/agent/SQL", {"If-None-Match": "*"}, {"content": {}, "message": "m"}, 400),
        ("/v1/configs/Agent/sql", {"If-None-Match": "*"}, {"content": {}, "message": "m"}, 403),
        ("/v1/configs/access/policy", {"If-None-Match": "*"}, {"content": {}, "message": "m"}, 403),
    ],
)
def test_a_wrong_publish_stores_nothing(
    client: httpx.Client,
    operator: dict[str, str],
    path: str,
    headers: dict[str, str],
    body: dict[str, object],
    status: int,
) -> None:
    """What is not valid is answered by its problem, and no version comes of it."""
    response = client.put(path, json=body, headers=operator | headers)
    assert response.status_code == status
    assert response.json()["problems"]
    assert client.get(PATH + "?layer=env:dev", headers=operator).status_code == 404


def test_personas_may_not_read_or_write_configuration(client: httpx.Client, manager: dict[str, str]) -> None:
    """A prompt is for operators only."""
    assert client.get(PATH, headers=manager).status_code == 403
    body = {"content": {}, "message": "m"}
    assert client.put(PATH, json=body, headers=manager | {"If-Match": '"1"'}).status_code == 403


def test_the_author_of_a_version_is_whom_the_token_names(
    client: httpx.Client, operator: dict[str, str], token: Callable[[str], str]
) -> None:
    """Nobody signs for another, and what says who may do what is written by those alone who manage access."""
    path = "/v1/configs/agent/defaults"
    read = client.get(path, headers=operator)
    body = {"content": read.json()["content"], "message": "m"}
    done = client.put(path, json=body, headers=operator | {"If-Match": read.headers["etag"]})
    assert (done.status_code, done.json()["author"]) == (201, "olga")
    admin = {"Authorization": f"Bearer {token('access-admin')}"}
    path = "/v1/configs/access/policy"
    read = client.get(path, headers=admin).raise_for_status()
    body = {"content": read.json()["content"], "message": "m"}
    assert client.put(path, json=body, headers=operator | {"If-Match": read.headers["etag"]}).status_code == 403
    done = client.put(path, json=body, headers=admin | {"If-Match": read.headers["etag"]})
    assert (done.status_code, done.json()["author"]) == (201, "anna")
