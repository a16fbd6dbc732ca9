"""The door of the stack `local`: what its authoriser lets through, and that it writes down what it refuses."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from agents.adapters.local_issuer import LocalIssuer
from agents.supply_chain.sample_people import OPERATORS, PEOPLE
from components.api.responses import ANSWERS
from delivery import local_stack
from delivery.post_deploy import aws_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.conftest import Deployed

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

WANDA, *_ = PEOPLE
(ADMIN,) = (one for one in OPERATORS if one.groups == ("access-admin",))
(REFUSED,) = (one.title for one in ANSWERS if one.kind == "ACCESS_DENIED")
GUESS = "qmk_nightly_" + 64 * "0"


def test_people_come_in_only_with_a_token_of_the_pool(stack: Deployed, token: Callable[[str], str]) -> None:
    """One of another issuer, however well made, gets no further than the authoriser, which writes that down."""
    url = f"{stack.outputs['api_url']}/v1/access/me"
    status, me = _send("GET", url, token(WANDA.subject))
    assert (status, me["subject"]) == (200, WANDA.subject)
    foreign = LocalIssuer(stack.places.var / "foreign.pem", clock=time.time).token(
        WANDA.subject, groups=WANDA.groups, lifetime_s=300
    )
    before = _refused(stack)
    for wrong in (foreign, "", GUESS):
        status, problem = _send("GET", url, wrong)
        assert (status, problem["code"]) == (401, "unauthenticated")
        assert problem["title"] == REFUSED, "the authoriser refuses, and the function is not asked"
    assert _refused(stack) == before + 3


def test_a_machine_comes_in_by_its_key_until_it_is_revoked(stack: Deployed, token: Callable[[str], str]) -> None:
    """At once, though another was guessed a moment ago; for the routes of its scopes and no others."""
    url = stack.outputs["api_url"]
    documents = f"{url}/v1/configs/agent/sql?layer=base"
    assert _send("GET", documents, GUESS)[0] == 401
    wish = {"name": "nightly", "groups": ["operator"], "scopes": ["config"]}
    status, made = _send("POST", f"{url}/v1/access/keys", token(ADMIN.subject), wish)
    assert status == 201, made
    assert _send("GET", documents, made["key"])[0] == 200
    status, problem = _send("GET", f"{url}/v1/access/keys", made["key"])
    assert (status, problem["title"]) == (401, REFUSED)
    assert _send("DELETE", f"{url}/v1/access/keys/nightly", token(ADMIN.subject))[0] == 204
    assert _send("GET", documents, made["key"])[0] == 401


def _refused(stack: Deployed) -> int:
    """How many sign-ins of nobody are in the audit."""
    running, outputs = local_stack.running_stack(stack.places)
    client = aws_client("dynamodb", running)
    pages = client.get_paginator("scan").paginate(TableName=outputs["audit_table"])
    records = [json.loads(item["record"]["S"]) for page in pages for item in page["Items"]]
    client.close()
    return sum(record["action"] == "sign_in" and not record["subject"] for record in records)


def _send(method: str, url: str, token: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
