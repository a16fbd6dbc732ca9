"""What the authoriser answers API Gateway: people by their token, machines by their key, and nobody else."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from agents.access.api_keys import ApiKeys
from agents.access.audit import Audit
from agents.access.authorise import NOBODY, PASSWORD_SCOPE, answer_request
from agents.access.credentials import ByForm
from agents.access.key_service import ApiKeyService, NewKey
from agents.access.request_limits import RequestLimits
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.authoriser_function import RATES
from agents.configuration.api_keys import DocumentKeyStore
from agents.contract import ROUTE_SCOPES, SCOPES
from agents.errors import UnavailableError
from agents.runtime.ids import uuid7
from agents.telemetry.metrics import SIGN_IN_REFUSALS
from components.identity import scopes_of
from components.naming import Names
from tests.agents.access.token_world import CLIENT, ISSUER, NOW, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from agents.access.authorise import Request
    from agents.access.chain import Record

    Token = Callable[..., str]

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/v1/configs/agent/${x}"
READ = ("GET", "/v1/configs/{kind}/{name}")
GUESS = "qmk_nightly_" + 64 * "0"


class Counted:
    """Measures, as far as refusals go."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def record(self, metric: object, value: float = 1, **labels: str) -> None:
        assert (metric, value) == (SIGN_IN_REFUSALS, 1)
        self.codes.append(labels["code"])


class Log(SqliteAuditLog):
    """The audit's, which can be away."""

    away = False

    def append(self, records: Sequence[Record]) -> None:
        if self.away:
            raise UnavailableError("away")
        super().append(records)


class Door:
    """The authoriser over real stores of keys and of decisions."""

    def __init__(self, store: SqliteConfigStore, log: Log, jwk: Mapping[str, object]) -> None:
        self.now = float(NOW)
        self.issuer = Issuer(dict(jwk))
        self.counted = Counted()
        self.log = log
        keys = DocumentKeyStore(store)
        self.service = ApiKeyService(keys, clock=lambda: self.now, random=bytes)
        people = Verifier(self.issuer, issuer=ISSUER, audience=CLIENT, clock=lambda: self.now)
        numbers = itertools.count()
        self.audit = Audit(
            log,
            tenant="default",
            now=lambda: datetime.fromtimestamp(self.now, UTC),
            new_id=lambda: uuid7(int(self.now * 1000), lambda size: next(numbers).to_bytes(size, "big")),
        )
        self.sign_in = SignIn(
            ByForm(people=people, machines=ApiKeys(keys, clock=lambda: self.now)),
            "default",
            decisions=self.audit,
            measures=self.counted,
            limits=RequestLimits(clock=lambda: self.now, rates=replace(RATES, failures=5)),
        )

    def ask(
        self, *sent: str, route: tuple[str, str] = READ, header: str = "Authorization", client: str = "192.0.2.1"
    ) -> tuple[str, str]:
        """Principal and effect of the answer, which is for the method asked about alone."""
        request: Request = {
            "methodArn": ARN,
            "httpMethod": route[0],
            "resource": route[1],
            "multiValueHeaders": {"Accept": ["*/*"], header: [*sent]} if sent else None,
            "requestContext": {"requestId": "r-1", "identity": {"sourceIp": client}},
        }
        answer: Any = answer_request(request, sign_in=self.sign_in, audit=self.audit, scope_prefix="qm")
        (statement,) = answer["policyDocument"]["Statement"]
        resource = "*" if statement["Effect"] == "Deny" else ARN.replace("${x}", "${$}{x}")
        assert (statement["Action"], statement["Resource"]) == ("execute-api:Invoke", resource)
        assert set(answer) == {"principalId", "policyDocument"}
        return answer["principalId"], statement["Effect"]

    def noted(self) -> list[tuple[str, str, str]]:
        """Rule, subject and address of each refusal that is durable."""
        records = [json.loads(entry.text) for entry in self.log.read(after="", limit=1_000)]
        for one in records:
            assert (one["action"], one["resource"], one["allowed"]) == ("sign_in", "sign-in", False)
            assert one["request_id"] == "r-1"
        return [(one["rule"], one["subject"], one["detail"]["client"]) for one in records]


@pytest.fixture
def door(tmp_path: Path, public_jwk: Mapping[str, object]) -> Iterator[Door]:
    store = SqliteConfigStore(tmp_path / "config.db", tenant="default", clock=lambda: datetime.now(UTC))
    log = Log(tmp_path / "audit.db", tenant="default", clock=lambda: datetime.now(UTC))
    yield Door(store, log, public_jwk)
    log.close()
    store.close()


def allowed(door: Door, token: str, routes: Mapping[tuple[str, str], str] = ROUTE_SCOPES) -> set[str]:
    """The scopes of the routes that a token opens."""
    return {scope for route, scope in routes.items() if door.ask(f"Bearer {token}", route=route)[1] == "Allow"}


def test_a_sign_in_with_a_password_opens_every_route(door: Door, make_token: Token) -> None:
    """What the person may do there is the API's to decide."""
    token = make_token(scope=PASSWORD_SCOPE)
    assert allowed(door, token) == set(SCOPES)
    assert door.ask(f"Bearer {token}") == ("wanda", "Allow")


@pytest.mark.parametrize("scope", SCOPES)
def test_a_sign_in_by_browser_opens_the_routes_it_is_for(door: Door, make_token: Token, scope: str) -> None:
    """As the user pool writes the scope, among others."""
    names = Names(prefix="qm", environment="dev", account="123456789012", region="us-east-1")
    assert allowed(door, make_token(scope=f"openid {scopes_of(names)[scope]}")) == {scope}


@pytest.mark.parametrize("scope", [None, "", "openid", "config", "other/config", "qm/configs", ["qm/config"], 1])
def test_a_token_without_the_scope_opens_nothing(door: Door, make_token: Token, scope: object) -> None:
    """A scope of another's API, a part of one, or none at all."""
    assert door.ask(f"Bearer {make_token(scope=scope)}") == (NOBODY, "Deny")


def test_a_key_opens_the_routes_of_its_scopes(door: Door) -> None:
    """Until it is revoked, which counts when keys are read again; and until it ends."""
    wish = NewKey(name="nightly", groups=("operator",), scopes=("config", "audit"))
    made = door.service.create(wish, author="anna")
    assert allowed(door, made.text) == {"config", "audit"}
    assert door.ask(f"Bearer {made.text}") == ("machine-nightly", "Allow")
    door.service.revoke("nightly", author="anna")
    door.now += 10
    assert door.ask(f"Bearer {made.text}") == (NOBODY, "Deny")


def test_a_key_that_has_ended_opens_nothing(door: Door) -> None:
    """Without anybody having revoked it."""
    made = door.service.create(NewKey(name="short", groups=("viewer",), scopes=("config",), days=1), author="anna")
    assert door.ask(f"Bearer {made.text}")[1] == "Allow"
    door.now += 86_400
    assert door.ask(f"Bearer {made.text}") == (NOBODY, "Deny")


@pytest.mark.parametrize("sent", [(), ("",), ("Bearer",), ("Bearer ",), ("Basic eDp5",), ("Bearer x.y.z",)])
def test_nobody_is_refused_and_counted(door: Door, sent: tuple[str, ...]) -> None:
    """By a policy: an error would count as a fault of ours."""
    assert door.ask(*sent) == (NOBODY, "Deny")
    assert door.counted.codes == ["unauthenticated"]


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "urn:test:other"},
        {"client_id": "another"},
        {"token_use": "id"},
        {"exp": NOW - 31},
        {"username": "machine-nightly"},
    ],
    ids=str,
)
def test_a_foreign_token_is_refused(door: Door, make_token: Token, changed: Mapping[str, object]) -> None:
    """Whatever its scope."""
    assert door.ask(f"Bearer {make_token(scope=PASSWORD_SCOPE, **changed)}") == (NOBODY, "Deny")


def test_a_token_whose_scope_was_changed_is_refused(door: Door, make_token: Token) -> None:
    """The scope is read from what was proven."""
    head, _, signature = make_token(scope="openid").split(".")
    payload = make_token(scope=PASSWORD_SCOPE).split(".")[1]
    assert door.ask(f"Bearer {head}.{payload}.{signature}") == (NOBODY, "Deny")


def test_two_tokens_are_none(door: Door, make_token: Token) -> None:
    """The API might read the other one."""
    good = f"Bearer {make_token(scope=PASSWORD_SCOPE)}"
    assert door.ask(good, good) == (NOBODY, "Deny")
    assert door.ask(good, header="authorization")[1] == "Allow"


def test_a_route_that_nobody_knows_is_refused(door: Door, make_token: Token) -> None:
    """One that the REST API has and the contract has not."""
    token = make_token(scope=PASSWORD_SCOPE)
    assert door.ask(f"Bearer {token}", route=("GET", "/v1/more")) == (NOBODY, "Deny")
    assert door.ask(f"Bearer {token}", route=("DELETE", READ[1])) == (NOBODY, "Deny")


def test_what_cannot_be_proven_for_now_is_no_refusal(door: Door, make_token: Token) -> None:
    """Nobody passes either way; but who is told to sign in again would do so for nothing."""
    door.issuer.away = True
    with pytest.raises(UnavailableError):
        door.ask(f"Bearer {make_token(scope=PASSWORD_SCOPE)}")
    assert door.counted.codes == []


def test_each_refusal_is_written_down_before_it_is_answered(door: Door, make_token: Token) -> None:
    """With its address, by the request's id; with the subject where one was proven. Who passes is the API's to note."""
    other = make_token(scope="qm/ask")
    for sent in ((), ("Bearer x.y.z",), (f"Bearer {GUESS}",), (f"Bearer {other}",)):
        door.ask(*sent)
    assert door.ask(f"Bearer {make_token(scope=PASSWORD_SCOPE)}")[1] == "Allow"
    refused = "unauthenticated"
    assert door.noted() == [(refused, subject, "192.0.2.1") for subject in ("", "", "", "wanda")]
    assert door.counted.codes == [refused] * 4


def test_a_refusal_that_cannot_be_written_down_is_not_answered(door: Door, make_token: Token) -> None:
    """As in the API: whoever asks is told to try again."""
    door.log.away = True
    with pytest.raises(UnavailableError):
        door.ask(f"Bearer {GUESS}")
    with pytest.raises(UnavailableError):
        door.ask(f"Bearer {make_token(scope='qm/ask')}")
    assert door.ask(f"Bearer {make_token(scope=PASSWORD_SCOPE)}")[1] == "Allow"


def test_guessing_locks_an_address_and_fills_no_record(door: Door, make_token: Token) -> None:
    """For a minute, in which new tokens wait and those seen before pass; other addresses are let in as ever."""
    known, new = (f"Bearer {make_token(scope=PASSWORD_SCOPE, username=name)}" for name in ("wanda", "felix"))
    assert door.ask(known)[1] == "Allow"
    for _ in range(100):
        assert door.ask(f"Bearer {GUESS}")[1] == "Deny"
    assert [rule for rule, *_ in door.noted()] == ["unauthenticated"] * 5 + ["limited"]
    assert len(door.counted.codes) == 100
    assert [door.ask(token)[1] for token in (known, new)] == ["Allow", "Deny"]
    assert door.ask(new, client="192.0.2.2")[1] == "Allow"
    door.now += 60
    assert door.ask(new)[1] == "Allow"


def test_who_lacks_a_scope_locks_nobody_out_and_fills_no_record(door: Door, make_token: Token) -> None:
    """Nothing was guessed; but no more is written down than of who guesses."""
    for _ in range(100):
        assert door.ask(f"Bearer {make_token(scope='qm/ask')}") == (NOBODY, "Deny")
    assert len(door.noted()) == 5
    assert len(door.counted.codes) == 100
    assert door.ask(f"Bearer {make_token(scope=PASSWORD_SCOPE, username='felix')}")[1] == "Allow"


def test_how_often_somebody_proven_asks_is_the_apis_to_limit(door: Door, make_token: Token) -> None:
    """It says how long to wait, which an authoriser cannot."""
    token = f"Bearer {make_token(scope=PASSWORD_SCOPE)}"
    assert {door.ask(token)[1] for _ in range(500)} == {"Allow"}
    assert door.noted() == []
