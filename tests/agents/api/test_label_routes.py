"""Labels, and several documents at once, over a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.agents.api.config_server import DEV, PATH, code, put

if TYPE_CHECKING:
    import httpx

    from tests.agents.api.config_server import ConfigServer


def test_a_label_moves_by_compare_and_set(http: httpx.Client) -> None:
    """It names a version that there is; who expects it elsewhere gets 412; 0 takes it away."""
    path = "/v1/labels/agent/inventory"
    put(http, 1, 0)
    put(http, 2, 1)

    def move(number: int, **headers: str) -> httpx.Response:
        return http.put(f"{path}/tried", params=DEV, json={"number": number}, headers=headers)

    made = move(1, **{"If-None-Match": "*"})
    assert (made.status_code, made.headers["etag"], made.json()["number"]) == (200, '"1"', 1)
    assert code(move(2, **{"If-None-Match": "*"}), 412) == "conflict"
    assert move(2, **{"If-Match": '"1"'}).status_code == 200
    listed = http.get(path, params=DEV)
    assert listed.json()["labels"] == {"tried": 2}
    assert http.get(path, params=DEV, headers={"If-None-Match": listed.headers["etag"]}).status_code == 304
    assert code(move(9, **{"If-Match": '"2"'}), 400) == "invalid"
    assert move(0, **{"If-Match": '"2"'}).status_code == 200
    assert http.get(path, params=DEV).json()["labels"] == {}
    for word in ("previous", "head", "Upper", "7"):
        refused = http.put(f"{path}/{word}", params=DEV, json={"number": 1}, headers={"If-None-Match": "*"})
        assert code(refused, 400) == "invalid"


def test_a_protected_label_is_moved_by_a_lead(http: httpx.Client, lead: httpx.Client, server: ConfigServer) -> None:
    """An operator gets 403 and a record of it, alone and within several; a lead's move is recorded as allowed."""
    target = "/v1/labels/agent/inventory/stable"
    condition = {"If-None-Match": "*"}
    refused = http.put(target, json={"number": 1}, headers=condition)
    assert code(refused, 403) == "forbidden"
    (asked, denied) = server.records(refused.headers["x-request-id"])
    assert (asked["allowed"], asked["action"]) == (True, "config:write")
    assert (denied["allowed"], denied["action"], denied["resource"]) == (
        False,
        "config:label",
        "agent/inventory#stable",
    )
    item = {"key": "agent/inventory", "expected": 0, "label": "stable", "number": 1}
    assert code(http.post("/v1/configs", json={"items": [item], "message": "m"}), 403) == "forbidden"
    assert http.get("/v1/labels/agent/inventory").json()["labels"] == {}
    done = lead.put(target, json={"number": 1}, headers=condition)
    assert done.status_code == 200
    assert [one["allowed"] for one in server.records(done.headers["x-request-id"])] == [True, True]


def test_several_are_stored_all_or_none(http: httpx.Client, server: ConfigServer) -> None:
    """Drafts are judged with each other in place; one that conflicts or is not valid keeps all from being stored."""

    def bulk(*items: dict[str, Any]) -> httpx.Response:
        return http.post("/v1/configs", json={"items": items, "message": "Both"})

    inventory = {"key": "agent/inventory", "layer": "env:dev", "expected": 0, "content": {"parameters": {"rows": 3}}}
    sql = {"key": "agent/sql", "layer": "env:dev", "expected": 0, "content": {"limits": {"turns": 2}}}
    label = {"key": "agent/sql", "layer": "env:dev", "expected": 0, "label": "tried", "number": 1}
    tail = server.store.tail()
    assert code(bulk(inventory, sql | {"expected": 4}), 412) == "conflict"
    assert code(bulk(inventory, sql | {"content": {"limits": {"turns": 0}}}), 400) == "invalid"
    assert code(bulk(inventory, inventory), 400) == "invalid"
    assert code(bulk(inventory, sql | {"label": "x"}), 400) == "invalid"
    assert code(bulk(*[sql] * 26), 400) == "invalid"
    assert code(bulk(), 400) == "invalid"
    assert server.store.tail() == tail
    done = bulk(inventory, sql, label)
    assert done.status_code == 201, done.text
    assert [(one["key"], one["number"], one.get("label")) for one in done.json()["items"]] == [
        ("agent/inventory", 1, None), ("agent/sql", 1, None), ("agent/sql", 1, "tried"),
    ]  # fmt: skip
    # A base without its title fits once the layer above it brings one, and both come at once.
    read = http.get("/v1/configs/agent/sql").json()["content"]
    untitled = {name: value for name, value in read.items() if name != "title"}
    base = {"key": "agent/sql", "expected": 1, "content": untitled}
    assert code(bulk(base), 400) == "invalid"
    assert bulk(base, sql | {"expected": 1, "content": {"title": "SQL"}}).status_code == 201


def test_each_of_several_is_decided_on_by_itself(http: httpx.Client, server: ConfigServer) -> None:
    """A document that its author may not write keeps the others from being written, and the denial is on record."""
    mine = {"key": "agent/inventory", "layer": "env:dev", "expected": 0, "content": {}}
    policy = {"key": "access/policy", "expected": 1, "content": {"personas": {}}}
    refused = http.post("/v1/configs", json={"items": [mine, policy], "message": "m"})
    assert code(refused, 403) == "forbidden"
    found = [(one["resource"], one["allowed"]) for one in server.records(refused.headers["x-request-id"])]
    assert found == [("configs", True), ("agent/inventory", True), ("access/policy", False)]
    assert http.get(PATH, params=DEV).status_code == 404
    with server.client("viewer") as viewer:
        assert code(viewer.post("/v1/configs", json={"items": [mine], "message": "m"}), 403) == "forbidden"
