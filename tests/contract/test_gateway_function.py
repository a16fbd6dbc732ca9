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
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.duckdb import DuckDbEngine
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.supply_chain.policy import CATALOGUE, POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STOCK = "SELECT warehouse_id, on_hand FROM warehouse_product"


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path / "issuer.pem", clock=time.time)


@pytest.fixture
def answer(issuer: LocalIssuer, lake: Path) -> Iterator[Callable[[object], dict[str, Any]]]:
    engine = DuckDbEngine(lake)
    gateway = SqlGateway(engine, TableAttributes(engine, clock=time.monotonic), catalogue=CATALOGUE, policy=POLICY)
    sign_in = SignIn(Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time), "default")
    yield lambda event: answer_query(event, gateway=gateway, sign_in=sign_in)
    engine.close()


@pytest.fixture
def event(issuer: LocalIssuer) -> Callable[..., dict[str, Any]]:
    """An envelope of wanda's; keywords change a field, or an argument of the query."""

    def make(**changed: object) -> dict[str, Any]:
        arguments: dict[str, Any] = {"statement": STOCK, "persona": "warehouse_manager"}
        arguments |= {name: changed.pop(name) for name in list(changed) if name in arguments}
        envelope = Envelope(
            tool="query",
            arguments=arguments,
            token=issuer.token("wanda", ["warehouse_manager"]),
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
    ],
)
def test_what_is_wrong_is_a_problem_with_its_code(answer: Any, event: Any, changed: dict[str, Any], code: str) -> None:  # noqa: ANN401 - fixtures above
    """The caller raises the same error as if it had asked in its own process."""
    assert answer(event(**changed))["problem"]["code"] == code


@pytest.mark.parametrize("wrong", [None, [], "text", 5, {}])
def test_what_is_no_envelope_is_refused(answer: Any, wrong: object) -> None:  # noqa: ANN401 - a fixture above
    """Whoever may invoke the function may send anything."""
    assert answer(wrong)["problem"]["code"] == "invalid"


def test_a_person_without_a_persona_gets_nothing(answer: Any, event: Any, issuer: LocalIssuer) -> None:  # noqa: ANN401 - fixtures above
    """An operator configures agents and sees no data."""
    token = issuer.token("olga", ["operator"])
    assert answer(event(token=token, persona=None))["problem"]["code"] == "forbidden"


def test_a_reply_too_large_for_lambda_says_so(answer: Any, event: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - fixtures above
    """Lambda would answer with an error of its own, without a reason."""
    monkeypatch.setattr(serve, "MAX_REPLY_BYTES", 10)
    assert answer(event())["problem"]["message"] == "the result is too large to send"


def test_a_defect_shows_nothing_of_itself(event: Any, caplog: pytest.LogCaptureFixture) -> None:  # noqa: ANN401 - a fixture above
    """Its trace is in the log; outside it is an internal error."""
    reply = answer_query(event(), gateway=None, sign_in=None)  # type: ignore[arg-type]  # a defect on purpose
    assert reply == {"problem": {"code": "internal", "message": "internal error", "fix": ""}}
    assert "AttributeError" in caplog.text
