"""The gateway function: an envelope in, rows or a problem out, whatever was sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from agents.access import serve
from agents.access.attributes import TableAttributes
from agents.access.envelope import Envelope
from agents.access.gateway import SqlGateway
from agents.access.serve_queries import answer_query
from agents.adapters.duckdb import DuckDbEngine
from agents.adapters.local_issuer import AUDIENCE, LocalIssuer
from agents.errors import UnavailableError
from agents.supply_chain.policy import CATALOGUE, POLICY
from tests.contract.function_platform import OTHER, Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STOCK = "SELECT warehouse_id, on_hand FROM warehouse_product"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the keys lie: to make some takes longer than a test."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def platform(keys: Path, tmp_path: Path) -> Platform:
    return Platform(keys, tmp_path)


@pytest.fixture(scope="module")
def engine(lake: Path) -> Iterator[DuckDbEngine]:
    engine = DuckDbEngine(lake)
    yield engine
    engine.close()


@pytest.fixture
def answer(platform: Platform, engine: DuckDbEngine) -> Callable[[object], dict[str, Any]]:
    attributes = TableAttributes(engine, clock=time.monotonic)
    gateway = SqlGateway(engine, attributes, catalogue=CATALOGUE, policy=lambda: POLICY, decisions=platform.audit)
    return lambda event: answer_query(event, gateway=gateway, sign_in=platform.sign_in, audit=platform.audit)


@pytest.fixture
def event(platform: Platform) -> Callable[..., dict[str, Any]]:
    """An envelope of wanda's; keywords change a field, or an argument of the query."""

    def make(**changed: object) -> dict[str, Any]:
        arguments: dict[str, Any] = {"statement": STOCK, "persona": "warehouse_manager"}
        arguments |= {name: changed.pop(name) for name in list(changed) if name in arguments}
        envelope = Envelope(
            tool="query",
            arguments=arguments,
            token=platform.issuer.token("wanda", ["warehouse_manager"]),
            deadline=5_000,
            request_id="r1",
        )
        return envelope.as_json() | changed

    return make


def test_rows_of_the_tokens_owner_come_back(answer: Any, event: Any) -> None:  # noqa: ANN401 - fixtures above
    """Warehouse WH02 is not wanda's."""
    assert answer(event()) == {"columns": ["warehouse_id", "on_hand"], "rows": [["WH01", 7]], "truncated": False}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"token": "x.y.z"}, "unauthenticated"),
        ({"token": ""}, "unauthenticated"),
        ({"persona": "procurement_specialist"}, "forbidden"),
        ({"persona": "king"}, "invalid"),
        ({"persona": 7}, "invalid"),
        ({"statement": "SELECT * FROM user_warehouse"}, "forbidden"),
        ({"statement": "DROP TABLE product"}, "invalid"),
        ({"statement": None}, "invalid"),
        ({"tool": "forecast"}, "invalid"),
        ({"deadline": 0}, "deadline"),
        ({"deadline": -5}, "deadline"),
        ({"deadline": "soon"}, "invalid"),
        ({"surprise": 1}, "invalid"),
        ({"request_id": "a\nb"}, "invalid"),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_code(answer: Any, event: Any, changed: dict[str, Any], code: str) -> None:  # noqa: ANN401 - fixtures above
    """The caller raises the same error as if it had asked in its own process."""
    assert answer(event(**changed))["problem"]["code"] == code


@pytest.mark.parametrize("wrong", [None, [], "text", 5, {}])
def test_what_is_no_envelope_is_refused(answer: Any, wrong: object) -> None:  # noqa: ANN401 - a fixture above
    """Whoever may invoke the function may send anything."""
    assert answer(wrong)["problem"]["code"] == "invalid"


@pytest.mark.parametrize(
    ("changed", "subject", "request_id"),
    [
        ({"statement": None}, "wanda", "r1"),
        ({"tool": "forecast"}, "wanda", "r1"),
        ({"tool": 5}, "wanda", "r1"),
        ({"persona": 7}, "wanda", "r1"),
        ({"hush": 1}, "wanda", "r1"),
        ({"deadline": "hush"}, "wanda", "r1"),
        ({"request_id": "hush\n"}, "wanda", ""),
        ({"hush": 1, "token": "x.y.z"}, "", "r1"),
        ({"token": 5}, "", "r1"),
        ({"persona": 7, "token": ""}, "", "r1"),
    ],
)
def test_what_cannot_be_read_is_a_denial_in_the_record(
    answer: Any,  # noqa: ANN401 - a fixture above
    event: Any,  # noqa: ANN401 - a fixture above
    platform: Platform,
    changed: dict[str, Any],
    subject: str,
    request_id: str,
) -> None:
    """Of nobody, unless the token in it proves who sent it; with nothing of what was sent."""
    before = len(platform.recorded())
    assert answer(event(**changed))["problem"]["code"] == "invalid"
    (record,) = platform.recorded()[before:]
    assert (record["action"], record["resource"], record["allowed"]) == ("ask:query", "query", False)
    assert (record["rule"], record["subject"], record["request_id"]) == ("invalid", subject, request_id)
    assert "hush" not in str(record)


@pytest.mark.parametrize("wrong", [None, [], "text", 5, {}])
def test_what_is_no_envelope_is_a_denial_of_nobody(
    answer: Any,  # noqa: ANN401 - a fixture above
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    wrong: object,
) -> None:
    """And where that cannot be written down, the reply says so."""
    before = len(platform.recorded())
    answer(wrong)
    (record,) = platform.recorded()[before:]
    assert (record["subject"], record["allowed"], record["rule"]) == ("", False, "invalid")

    def full(_: object) -> None:
        raise UnavailableError("no room")

    monkeypatch.setattr(platform.log, "append", full)
    assert answer(wrong)["problem"]["code"] == "unavailable"


def test_a_person_without_a_persona_gets_nothing(answer: Any, event: Any, platform: Platform) -> None:  # noqa: ANN401 - fixtures above
    """An operator configures agents and sees no data."""
    token = platform.issuer.token("olga", ["operator"])
    assert answer(event(token=token, persona=None))["problem"]["code"] == "forbidden"


def test_a_reply_too_large_for_lambda_says_so(answer: Any, event: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - fixtures above
    """Lambda would answer with an error of its own, without a reason."""
    monkeypatch.setattr(serve, "MAX_REPLY_BYTES", 10)
    assert answer(event())["problem"]["message"] == "the result is too large to send"


def test_a_defect_shows_nothing_of_itself(event: Any, platform: Platform, caplog: pytest.LogCaptureFixture) -> None:  # noqa: ANN401 - fixtures above
    """Its trace is in the log; outside it is an internal error."""
    reply = answer_query(event(), gateway=None, sign_in=None, audit=platform.audit)  # type: ignore[arg-type]  # a defect on purpose
    assert reply == {"problem": {"code": "internal", "message": "internal error", "fix": ""}}
    assert "AttributeError" in caplog.text


def test_a_query_and_its_decision_have_the_senders_request_id(answer: Any, event: Any, platform: Platform) -> None:  # noqa: ANN401 - fixtures above
    """Lines of the API, of a tool and of the gateway are found together; they are there when the reply is."""
    answer(event(request_id="the-question-42"))
    (record,) = platform.recorded()
    assert (record["request_id"], record["action"], record["allowed"]) == ("the-question-42", "ask:query", True)
    assert (record["subject"], record["resource"]) == ("wanda", "table/warehouse_product")


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({"token": "x.y.z"}, "sign_in"),
        ({"token": ""}, "sign_in"),
        ({"persona": "king"}, "sign_in"),
        ({"persona": "procurement_specialist"}, "sign_in"),
        ({"statement": "SELECT * FROM user_warehouse"}, "ask:query"),
        ({"statement": "DROP TABLE product"}, "ask:query"),
        ({"statement": "hush"}, "ask:query"),
    ],
)
def test_each_refusal_is_in_the_record(
    answer: Any,  # noqa: ANN401 - a fixture above
    event: Any,  # noqa: ANN401 - a fixture above
    platform: Platform,
    changed: dict[str, Any],
    action: str,
) -> None:
    """With its code, and with nothing of what was sent."""
    code = answer(event(**changed))["problem"]["code"]
    (record,) = platform.recorded()
    assert (record["action"], record["allowed"], record["rule"]) == (action, False, code)
    assert "hush" not in str(record)


@pytest.mark.parametrize("statement", [STOCK, "SELECT * FROM user_warehouse"])
def test_without_a_record_there_is_no_answer(
    answer: Any,  # noqa: ANN401 - a fixture above
    event: Any,  # noqa: ANN401 - a fixture above
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
) -> None:
    """Rows were read and are not sent; a refusal says no more than that."""

    def full(_: object) -> None:
        raise UnavailableError("database or disk is full: /var/audit.db")

    monkeypatch.setattr(platform.log, "append", full)
    reply = answer(event(statement=statement))
    assert reply["problem"]["code"] == "unavailable"
    assert "disk" not in str(reply)
    monkeypatch.undo()
    assert answer(event())["rows"] == [["WH01", 7]]


def test_a_token_of_the_apis_own_client_is_taken(answer: Any, event: Any) -> None:  # noqa: ANN401 - fixtures above
    """The person's own token travels with the question, and is verified again here."""
    assert "rows" in answer(event())


def test_a_token_of_another_client_or_stack_opens_nothing(
    answer: Any,  # noqa: ANN401 - a fixture above
    event: Any,  # noqa: ANN401 - a fixture above
    platform: Platform,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Signed by another stack's key, or by ours for another client or by another name: each is nobody."""
    foreign = LocalIssuer(tmp_path / "foreign.pem", clock=time.time)
    tokens = [foreign.token("wanda", ["warehouse_manager"])]
    for name in ("AUDIENCE", "ISSUER"):
        with monkeypatch.context() as changed:
            changed.setattr(f"agents.adapters.local_issuer.{name}", "another")
            tokens.append(platform.issuer.token("wanda", ["warehouse_manager"]))
    tokens.append(platform.issuer.token("wanda", ["warehouse_manager"], lifetime_s=-60))
    assert [answer(event(token=token))["problem"]["code"] for token in tokens] == ["unauthenticated"] * 4


def test_a_delegation_is_taken_for_the_data_plane_alone(
    answer: Any,  # noqa: ANN401 - a fixture above
    event: Any,  # noqa: ANN401 - a fixture above
    platform: Platform,
    tmp_path: Path,
) -> None:
    """One for another audience, of another stack or of another key is nobody's, though its form is right."""
    good = answer(event(token=platform.delegation(subject="wanda")))
    assert good["rows"] == [["WH01", 7]]
    wrong = [
        platform.delegation(audience=OTHER),
        platform.delegation(audience=AUDIENCE),
        platform.delegation(stack="staging"),
        Platform(tmp_path, tmp_path).delegation(),
    ]
    assert [answer(event(token=token))["problem"]["code"] for token in wrong] == ["unauthenticated"] * 4


def test_a_delegate_sees_what_the_one_it_acts_for_sees(answer: Any, event: Any, platform: Platform) -> None:  # noqa: ANN401 - fixtures above
    """No attribute, no rows; the record has both names."""
    reply = answer(event(token=platform.delegation()))
    assert reply["rows"] == []
    (record,) = platform.recorded()
    assert (record["subject"], record["actor"]) == ("key.nightly", "api")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"scopes": frozenset({"ask"})}, None),
        ({"scopes": frozenset({"config"})}, "forbidden"),
        ({"scopes": frozenset()}, "forbidden"),
        ({"persona": "operator"}, "forbidden"),
        ({"persona": None}, "forbidden"),
    ],
)
def test_scopes_and_groups_of_a_delegation_narrow_it(
    answer: Any,  # noqa: ANN401 - a fixture above
    event: Any,  # noqa: ANN401 - a fixture above
    platform: Platform,
    changed: dict[str, Any],
    code: str | None,
) -> None:
    """A machine's key that is not for questions asks none here either."""
    reply = answer(event(token=platform.delegation(**changed)))
    assert reply.get("problem", {}).get("code") == code


def test_who_invokes_does_not_say_who_asks(answer: Any, event: Any) -> None:  # noqa: ANN401 - fixtures above
    """Names beside the token are not read, wherever they stand."""
    arguments = {
        "statement": STOCK,
        "persona": "warehouse_manager",
        "subject": "petra",
        "groups": ["x"],
        "roles": ["x"],
    }
    assert answer(event(arguments=arguments))["rows"] == [["WH01", 7]]
    assert answer(event(principal={"subject": "petra"}))["problem"]["code"] == "invalid"
