"""The routes of configuration over a real server: reads, writes, labels, diffs, formats, preconditions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import yaml

from agents.configuration.documents import digest
from tests.agents.api.config_server import DEV, PATH, code, put

if TYPE_CHECKING:
    import httpx

    from agents.configuration.documents import Content
    from tests.agents.api.config_server import ConfigServer


def test_a_published_version_says_where_it_is(http: httpx.Client) -> None:
    """201 with number, digest, ETag, warnings and the address that it keeps."""
    done = put(http, 3, 0)
    body = done.json()
    assert (done.status_code, done.headers["etag"], body["number"]) == (201, f'"1-{body["digest"][7:15]}"', 1)
    assert body["digest"] == digest({"parameters": {"rows": 3}})
    assert (body["author"], body["message"]) == ("olga", "3 rows")
    assert {one["code"] for one in body["warnings"]} <= {"warning"}
    assert http.get(done.headers["location"]).json()["content"] == {"parameters": {"rows": 3}}


@pytest.mark.parametrize("form", ["yaml", "toml", "json"])
def test_a_document_goes_in_and_out_in_each_format(http: httpx.Client, form: str) -> None:
    """The same envelope, whichever it is written in: what is read can be sent back."""
    texts = {
        "json": '{"content": {"parameters": {"rows": 3}}, "message": "m"}',
        "yaml": "content:\n  parameters:\n    rows: 3 # few\nmessage: m\n",
        "toml": 'message = "m"\n[content.parameters]\nrows = 3\n',
    }
    read = {"json": json.loads, "yaml": yaml.safe_load, "toml": tomllib.loads}[form]
    media = {"Content-Type": f"application/{form}", "Accept": f"application/{form}"}
    done = http.put(PATH, params=DEV, content=texts[form], headers=media | {"If-None-Match": "*"})
    assert (done.status_code, done.headers["content-type"]) == (201, f"application/{form}"), done.text
    assert read(done.text)["content"] == {"parameters": {"rows": 3}}
    for path in (PATH, f"{PATH}/effective", f"{PATH}/history", f"{PATH}/versions/1", "/v1/labels/agent/inventory"):
        got = http.get(path, params=DEV if "effective" not in path else {}, headers=media)
        if form == "toml" and path.endswith("history"):
            assert code(got, 400) == "invalid"  # its `next` is null, which TOML has not
            continue
        assert (got.status_code, got.headers["content-type"]) == (200, f"application/{form}")
        assert read(got.text) == http.get(path, params=DEV if "effective" not in path else {}).json()


def test_what_is_neither_is_refused(http: httpx.Client) -> None:
    """406 for an answer that we cannot give, 415 for a body that we cannot read, and nothing is stored."""
    assert http.get(PATH, headers={"Accept": "text/html"}).status_code == 406
    assert http.get(PATH, headers={"Accept": "text/html, application/yaml;q=0.5"}).status_code == 200
    for media in ("text/plain", "application/xml", ""):
        sent = http.put(PATH, content=b"{}", headers={"Content-Type": media, "If-Match": '"1"'})
        assert code(sent, 415) == "invalid"
    patched = http.patch(PATH, json={}, headers={"If-Match": '"1"'})
    assert code(patched, 415) == "invalid"
    assert http.get(PATH).headers["etag"].startswith('"1-')


def test_a_broken_body_is_named_by_line_and_column(http: httpx.Client) -> None:
    """Whatever the format; what the envelope lacks comes with its pointer."""
    media = {"Content-Type": "application/yaml", "If-Match": '"1"'}
    broken = http.put(PATH, content="content:\n  a: 1\n  a: 2\nmessage: m\n", headers=media)
    assert code(broken, 400) == "invalid"
    assert broken.json()["problems"][0]["where"].startswith("body:3:")
    lacking = http.put(PATH, content="content: {}\nmessage: 7\nex/tra: 1\n", headers=media)
    assert {(one["pointer"], one["where"]) for one in lacking.json()["problems"]} == {
        ("/message", "body:2:1"),
        ("/ex~1tra", "body:3:1"),
    }


def test_every_problem_comes_with_pointer_and_layer(http: httpx.Client, server: ConfigServer) -> None:
    """All at once, and each says which layer holds what is wrong."""
    bad = {"limits": {"turns": 0}, "tools": ["nope"], "colour": 1}
    sent: dict[str, Any] = {"json": {"content": bad, "message": "m"}, "params": DEV}
    refused = http.put(PATH, headers={"If-None-Match": "*"}, **sent)
    assert code(refused, 400) == "invalid"
    found = {one["pointer"]: one["where"] for one in refused.json()["problems"]}
    assert found == dict.fromkeys(("/limits/turns", "/tools/0", "/colour"), "agent/inventory (env:dev)")
    tail = server.store.tail()
    checked = http.post(f"{PATH}/validate", **sent)
    assert (checked.status_code, checked.json()["valid"]) == (200, False)
    wrong = [one for one in checked.json()["problems"] if one["code"] != "warning"]
    assert wrong == refused.json()["problems"]
    good = http.post(f"{PATH}/validate", json={"content": {}, "message": "m"}, params=DEV)
    assert good.json()["valid"]
    assert server.store.tail() == tail


def test_a_change_says_what_it_was_made_from(http: httpx.Client) -> None:
    """428 without, 412 when it is not the newest, 400 when it is no ETag."""
    assert code(http.put(PATH, json={"content": {}, "message": "m"}), 428) == "invalid"
    assert code(http.patch(PATH, json={}, headers={"Content-Type": "application/merge-patch+json"}), 428) == "invalid"
    assert code(http.post(f"{PATH}/rollback", json={"to": 1}), 428) == "invalid"
    assert code(http.put("/v1/labels/agent/inventory/x", json={"number": 1}), 428) == "invalid"
    assert put(http, 1, 0).status_code == 201
    assert code(put(http, 2, 0), 412) == "conflict"
    assert code(put(http, 2, 7), 412) == "conflict"
    for wrong in ("1", '"1-"', '"1-ABCDEF01"', '"1-0123"'):
        assert code(put(http, 2, 1, **{"If-Match": wrong}), 400) == "invalid"


def test_a_change_of_what_is_no_longer_there_is_refused(http: httpx.Client) -> None:
    """412 for the ETag of a version whose number is another's, as in a store that was put back."""
    etag = put(http, 1, 0).headers["etag"]
    assert code(put(http, 2, 1, **{"If-Match": '"1-00000000"'}), 412) == "conflict"
    patch = {"Content-Type": "application/merge-patch+json", "If-Match": '"1-00000000"'}
    assert code(http.patch(PATH, params=DEV, json={"parameters": {"rows": 4}}, headers=patch), 412) == "conflict"
    assert put(http, 2, 1, **{"If-Match": etag}).headers["etag"].startswith('"2-')
    back = {"to": "previous"}
    lost = http.post(f"{PATH}/rollback", params=DEV, json=back, headers={"If-Match": '"2-00000000"'})
    assert code(lost, 412) == "conflict"


def test_a_request_is_done_once(http: httpx.Client, server: ConfigServer) -> None:
    """The same request with its key gets the first answer; another request is refused, another person's is another."""
    key = {"Idempotency-Key": "k-1"}
    first, again = put(http, 1, 0, **key), put(http, 1, 0, **key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(http.get(f"{PATH}/history", params=DEV).json()["versions"]) == 1
    assert code(put(http, 2, 1, **key), 400) == "invalid"
    with server.client("operator", subject="omar") as other:
        assert put(other, 2, 1, **key).status_code == 201
    rolled = [
        http.post(
            f"{PATH}/rollback", params=DEV, json={"to": "previous"},
            headers={"If-Match": '"2"', "Idempotency-Key": "r"},
        ).json()["number"]
        for _ in range(2)
    ]  # fmt: skip
    assert rolled == [3, 3]


@pytest.mark.parametrize(
    ("media", "patch"),
    [
        ("application/json-patch+json", [{"op": "replace", "path": "/parameters/rows", "value": 7}]),
        ("application/merge-patch+json", {"parameters": {"rows": 7}}),
    ],
)
def test_a_patch_is_applied_to_what_it_was_made_from(http: httpx.Client, media: str, patch: object) -> None:
    """The same version as a publish of the whole; a patch of an old version conflicts."""
    put(http, 3, 0)
    headers = {"Content-Type": media, "If-Match": '"1"'}
    done = http.patch(PATH, params=DEV | {"message": "Seven"}, content=json.dumps(patch), headers=headers)
    assert (done.status_code, done.json()["message"]) == (201, "Seven")
    assert done.json()["digest"] == digest({"parameters": {"rows": 7}})
    again = http.patch(PATH, params=DEV, content=json.dumps(patch), headers=headers)
    assert code(again, 412) == "conflict"


def test_a_patch_that_does_not_fit_changes_nothing(http: httpx.Client) -> None:
    """A failing test is a conflict, a path that is not there is invalid, and the pointer is into the patch."""
    put(http, 3, 0)
    headers = {"Content-Type": "application/json-patch+json", "If-Match": '"1"'}

    def patch(*operations: object) -> httpx.Response:
        return http.patch(PATH, params=DEV, content=json.dumps(operations), headers=headers)

    assert code(patch({"op": "test", "path": "/parameters/rows", "value": 4}), 412) == "conflict"
    missing = patch({"op": "add", "path": "/limits", "value": {}}, {"op": "remove", "path": "/nowhere"})
    assert code(missing, 400) == "invalid"
    assert missing.json()["problems"][0]["pointer"] == "/1"
    assert code(patch({"op": "replace", "path": "", "value": 7}), 400) == "invalid"
    assert http.get(PATH, params=DEV).headers["etag"].startswith('"1-')


def test_a_rollback_is_the_old_content_as_a_new_version(http: httpx.Client) -> None:
    """By number, word, label and time; `previous` twice goes on, and not back to what was taken back."""
    for number, rows in enumerate((1, 2, 3, 4)):
        put(http, rows, number)
    http.put("/v1/labels/agent/inventory/tried", params=DEV, json={"number": 2}, headers={"If-None-Match": "*"})

    def back(to: object, number: str) -> tuple[int, int]:
        done = http.post(f"{PATH}/rollback", params=DEV, json={"to": to}, headers={"If-Match": number})
        assert done.status_code == 201, done.text
        return done.json()["number"], done.json()["content"]["parameters"]["rows"]

    assert back("previous", '"4"') == (5, 3)
    assert back("previous", '"5"') == (6, 2)
    assert back(1, '"6"') == (7, 1)
    none = http.post(f"{PATH}/rollback", params=DEV, json={"to": "previous"}, headers={"If-Match": "*"})
    assert code(none, 404) == "not_found"
    assert back("tried", "*") == (8, 2)
    late = http.post(f"{PATH}/rollback", params=DEV, json={"to": "2020-01-01T00:00:00Z"}, headers={"If-Match": "*"})
    assert code(late, 404)
    assert code(http.post(f"{PATH}/rollback", params=DEV, json={"to": 99}, headers={"If-Match": "*"}), 404)
    assert code(http.post(f"{PATH}/rollback", params=DEV, json={"to": "no"}, headers={"If-Match": "*"}), 404)
    assert code(http.post(f"{PATH}/rollback", params=DEV, json={"to": 1}, headers={"If-Match": '"1"'}), 412)


def test_what_ran_is_found_by_time_and_proven_by_digest(http: httpx.Client) -> None:
    """The layer and the merged content as of a time; an answer's digest finds the configuration that gave it."""
    put(http, 1, 0)
    ran = http.get(f"{PATH}/effective").json()
    moment = datetime.now(UTC).isoformat()
    put(http, 2, 1)
    assert http.get(PATH, params=DEV | {"at": moment}).json()["number"] == 1
    assert http.get(f"{PATH}/effective", params={"at": moment}).json() == ran
    now = datetime.now(UTC).isoformat()
    # An agent that was a version behind still names what it ran.
    found = http.get(f"{PATH}/effective", params={"at": now, "digest": ran["digest"]})
    assert found.json() == ran
    nowhere = http.get(f"{PATH}/effective", params={"at": now, "digest": "sha256:" + "0" * 64})
    assert code(nowhere, 404) == "not_found"
    assert code(http.get(f"{PATH}/effective", params={"digest": ran["digest"]}), 400) == "invalid"
    assert code(http.get(PATH, params={"at": "yesterday"}), 400) == "invalid"
    assert code(http.get(PATH, params=DEV | {"at": "2020-01-01T00:00:00Z"}), 404) == "not_found"


def test_what_runs_is_named_by_its_digest(http: httpx.Client) -> None:
    """ETag and 304 until a layer below or above changes; an instance's layer counts for that instance."""
    first = http.get(f"{PATH}/effective")
    etag = first.headers["etag"]
    assert etag.startswith(f'"{first.json()["digest"]}-')
    same = {"If-None-Match": f'"other", W/{etag}'}
    assert http.get(f"{PATH}/effective", headers=same).status_code == 304
    put(http, 2, 0)
    assert http.get(f"{PATH}/effective", headers=same).json()["content"]["parameters"]["rows"] == 2
    one = {"content": {"parameters": {"rows": 9}}, "message": "m"}
    http.put(PATH, params={"layer": "instance:i-1"}, json=one, headers={"If-None-Match": "*"}).raise_for_status()
    assert http.get(f"{PATH}/effective", params={"instance": "i-1"}).json()["content"]["parameters"]["rows"] == 9
    assert http.get(f"{PATH}/effective").json()["content"]["parameters"]["rows"] == 2
    assert code(http.get("/v1/configs/agent/nobody/effective"), 404) == "not_found"


def test_each_value_knows_its_layer(http: httpx.Client) -> None:
    """`explain` names the layer and version that say it, and what they cover."""
    put(http, 2, 0)
    said = http.get(f"{PATH}/explain", params={"pointer": "/parameters/rows"}).json()
    assert (said["layer"], said["version"], said["value"]) == ("agent/inventory@env:dev", 1, 2)
    assert [one["layer"] for one in said["below"]] == ["agent/defaults@base"]
    assert code(http.get(f"{PATH}/explain", params={"pointer": "/no"}), 404) == "not_found"


def test_history_comes_in_pages(http: httpx.Client) -> None:
    """Newest first, without content, each version once."""
    for number in range(5):
        put(http, number + 1, number)
    pages: list[list[int]] = []
    before: dict[str, int] = {}
    while True:
        page = http.get(f"{PATH}/history", params=DEV | {"limit": 2} | before).json()
        pages.append([one["number"] for one in page["versions"]])
        assert all("content" not in one for one in page["versions"])
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert pages == [[5, 4], [3, 2], [1]]


def test_the_list_shows_what_its_reader_may_read(http: httpx.Client, server: ConfigServer) -> None:
    """An operator sees no document of access; pages do not overlap."""
    mine = http.get("/v1/configs").json()
    assert [one["key"] for one in mine["documents"]] == ["agent/defaults", "agent/inventory", "agent/sql"]
    with server.client("auditor") as auditor:
        assert "access/policy" in [one["key"] for one in auditor.get("/v1/configs").json()["documents"]]
        first = auditor.get("/v1/configs", params={"limit": 2}).json()
        rest = auditor.get("/v1/configs", params={"after": first["next"]}).json()
        assert [one["key"] for one in first["documents"] + rest["documents"]] == [
            "access/policy", "agent/defaults", "agent/inventory", "agent/sql",
        ]  # fmt: skip
    put(http, 1, 0)
    assert len(http.get("/v1/configs", params={"layer": "env:dev"}).json()["documents"]) == 1
    assert http.get("/v1/configs", params={"kind": "access"}).json()["documents"] == []


def test_two_versions_are_compared(http: httpx.Client) -> None:
    """As edits, as a JSON Patch and as text; by number, word, label and layer."""
    put(http, 1, 0)
    put(http, 2, 1)
    path = "/v1/diff/agent/inventory"
    found = http.get(path, params=DEV).json()
    assert found["edits"] == [{"op": "replace", "path": "/parameters/rows", "old": 1, "new": 2}]
    assert (found["from"]["number"], found["to"]["number"]) == (1, 2)
    back = http.get(path, params=DEV | {"from": 2, "to": 1}, headers={"Accept": "application/json-patch+json"})
    assert back.json() == [{"op": "replace", "path": "/parameters/rows", "value": 1}]
    text = http.get(path, params=DEV, headers={"Accept": "text/plain"}).text
    assert "-  rows: 1\n+  rows: 2\n" in text
    across = http.get(path, params={"from": "1", "to": "head", "to_layer": "env:dev"}).json()
    assert "/title" in [edit["path"] for edit in across["edits"]]
    assert code(http.get(path), 404) == "not_found"  # one version has no previous one


def test_secrets_are_masked_in_a_diff(http: httpx.Client, server: ConfigServer) -> None:
    """A name that tells is masked, whatever form the diff has."""
    from agents.configuration.documents import Draft

    for number, value in enumerate(("hunter1", "hunter2")):
        content: Content = {"parameters": {"api_token": value}}
        server.store.append(
            [Draft(key="agent/sql", layer="env:dev", content=content, author="x", message="m", expected=number)]
        )
    for accept in ("application/json", "application/json-patch+json", "text/plain"):
        text = http.get("/v1/diff/agent/sql", params=DEV, headers={"Accept": accept}).text
        assert "hunter" not in text
        assert "***" in text


def test_the_description_has_an_example_for_each(http: httpx.Client) -> None:
    """Every route of configuration shows what goes in and what comes out."""
    document = http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            good = next(one for status, one in operation["responses"].items() if status.startswith("2"))
            assert "example" in good["content"]["application/json"], (verb, path)
            if verb in {"put", "post", "patch"}:
                sent = operation["requestBody"]["content"]
                assert any("example" in one for one in sent.values()), (verb, path)
                assert all("schema" in one for one in sent.values()), (verb, path)


def test_names_that_are_none_are_refused(http: httpx.Client) -> None:
    """Addresses, pointers, instances and numbers that cannot be."""
    for path in (
        "/v1/configs/agent/Inventory/history", "/v1/configs/agent/inventory/versions/0", "/v1/labels/agent/x?layer=top",
        "/v1/configs/agent/inventory/effective?instance=UPPER", "/v1/configs/agent/inventory/versions/x",
        "/v1/configs/agent/inventory/explain?pointer=x", "/v1/diff/agent/inventory?from=1.5",
    ):  # fmt: skip
        assert code(http.get(path), 400) == "invalid", path
    assert code(http.get(f"/v1/configs/{quote('агент')}/x"), 403) == "forbidden"
