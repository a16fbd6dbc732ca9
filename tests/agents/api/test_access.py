"""`/v1/access` over HTTP, on a real server: everybody sees their own rights, administrators and auditors all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agents.contract import PERSONAS, ROLES
from agents.supply_chain.policy import POLICY
from agents.supply_chain.sample_people import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    Get = Callable[..., httpx.Response]

EXPLAIN, MATRIX, DOCUMENT = "/v1/access/explain", "/v1/access/matrix", "/v1/configs/access/policy"


@pytest.fixture(scope="module")
def token(issue: Callable[..., str]) -> Callable[[str], str]:
    """A token for the sample's person of a name, a persona or a role."""
    people = {name: person for person in reversed(EVERYBODY) for name in (person.groups[0], person.subject)}
    return lambda who: issue(people[who].subject, people[who].groups)


@pytest.fixture(scope="module")
def get(client: httpx.Client, token: Callable[[str], str]) -> Callable[..., httpx.Response]:
    def get(who: str, path: str, **parameters: str) -> httpx.Response:
        return client.get(path, params=parameters, headers={"Authorization": f"Bearer {token(who)}"})

    return get


def test_everybody_sees_what_they_hold(get: Get) -> None:
    """Each persona with what it grants, and only that."""
    me = get("wanda", "/v1/access/me").json()
    assert (me["subject"], me["tenant"], me["roles"], me["scopes"]) == ("wanda", "default", [], None)
    assert me["policy"] == POLICY.digest
    (held,) = me["personas"]
    assert held["persona"] == "warehouse_manager"
    assert all(grant["allowed"] for grant in held["grants"])
    assert {grant["resource"] for grant in held["grants"] if grant["action"] == "ask:query"} == {
        f"table/{name}" for name in POLICY.grants("warehouse_manager").tables
    }


def test_who_holds_two_personas_sees_both(get: Get) -> None:
    """Without naming one of them."""
    personas = get("dario", "/v1/access/me").json()["personas"]
    assert [held["persona"] for held in personas] == ["warehouse_manager", "procurement_specialist"]


def test_an_operator_holds_roles_and_no_data(get: Get) -> None:
    """Who runs the agents reads no table by that."""
    me = get("anna", "/v1/access/me").json()
    assert (me["personas"], me["roles"]) == ([], ["access-admin"])


@pytest.mark.parametrize("who", [*PERSONAS, *ROLES])
@pytest.mark.parametrize("path", [EXPLAIN, MATRIX])
def test_only_administrators_and_auditors_ask_about_others(get: Get, who: str, path: str) -> None:
    """Anybody else is refused, whatever they ask about."""
    response = get(who, path, persona="field_engineer", table="product")
    assert response.status_code == (200 if who in {"access-admin", "auditor"} else 403)


def test_an_explanation_names_the_rule_and_the_policy(get: Get) -> None:
    """A denial is an answer as well."""
    yes = get("anna", EXPLAIN, persona="field_engineer", table="warehouse_product").json()
    assert (yes["who"], yes["allowed"], yes["policy"]) == ("persona field_engineer", True, POLICY.digest)
    assert "subject" not in yes
    assert yes["rule"] == "access/policy /personas/field_engineer/tables/warehouse_product"
    assert yes["parameters"] == {"territories": None}
    no = get("adam", EXPLAIN, persona="field_engineer", tool="late_purchase_orders").json()
    assert (no["allowed"], no["rule"]) == (False, "default deny")


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"persona": "field_engineer", "table": "orders"}, 404),
        ({"persona": "field_engineer", "table": "product", "column": "price"}, 404),
        ({"persona": "king", "table": "product"}, 404),
        ({"persona": "field_engineer"}, 400),
        ({"persona": "field_engineer", "table": "product", "agent": "sql"}, 400),
        ({"table": "product"}, 400),
        ({"persona": "field_engineer", "table": "x" * 129}, 400),
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_a_problem(get: Get, parameters: dict[str, str], status: int) -> None:
    """With a code, and no trace."""
    response = get("anna", EXPLAIN, **parameters)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"


def test_the_matrix_has_every_persona_and_role(get: Get) -> None:
    """Allowed or not."""
    body = get("adam", MATRIX).json()
    assert body["policy"] == POLICY.digest
    everybody = {f"persona {one}" for one in PERSONAS} | {f"role {one}" for one in ROLES}
    assert {row["who"] for row in body["rows"]} == everybody


def test_a_published_policy_counts_from_the_next_request(
    get: Get, client: httpx.Client, token: Callable[[str], str]
) -> None:
    """Only by an access-admin; what a persona lost is denied at once, in answers and in explanations."""
    lost: dict[str, Any] = {"personas": {"procurement_specialist": {"tools": ["query_data"], "agents": ["sql"]}}}
    body = {"content": lost, "message": "Fewer"}

    def put(who: str, content: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token(who)}", "If-None-Match": "*"}
        return client.put(DOCUMENT, params={"layer": "env:dev"}, json=content, headers=headers)

    def ask() -> tuple[int, list[str]]:
        question = {"question": "Which purchase orders are late, and by how many days?"}
        answer = client.post("/v1/ask", json=question, headers={"Authorization": f"Bearer {token('petra')}"})
        return answer.status_code, [one["name"] for one in answer.json()["tools"]]

    assert ask() == (200, ["late_purchase_orders"])
    for who in (*PERSONAS, "viewer", "operator", "operator-lead", "auditor"):
        assert put(who, body).status_code == 403
    wrong = put("anna", {"content": {"personas": {"king": {}}}, "message": "m"})
    assert (wrong.status_code, wrong.json()["problems"][0]["pointer"]) == (400, "/personas/king")
    assert put("anna", body).status_code == 201
    status, tools = ask()
    assert status == 200
    assert "late_purchase_orders" not in tools
    question = {"persona": "procurement_specialist", "tool": "late_purchase_orders"}
    assert not get("anna", EXPLAIN, **question).json()["allowed"]
