"""A tool function: an envelope in, a result or a problem out, whatever was sent and by whom."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.access import serve
from agents.access.attributes import TableAttributes
from agents.access.envelope import Envelope
from agents.access.gateway import SqlGateway
from agents.access.ports import Rows
from agents.access.roles import Action
from agents.adapters.duckdb import DuckDbEngine
from agents.contract import INVENTORY, PURCHASING, QUERY
from agents.errors import UnavailableError
from agents.runtime.registry import load_plugins
from agents.runtime.results import ToolResult, read_result
from agents.runtime.serve_tools import answer_tool
from agents.runtime.tool_runner import LocalTools
from agents.supply_chain.policy import CATALOGUE, POLICY
from tests.contract.function_platform import OTHER, Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agents.adapters.local_issuer import LocalIssuer
    from agents.contract import Function

    Answer = Callable[..., dict[str, Any]]
    Event = Callable[..., dict[str, Any]]

TOOLS = load_plugins(["agents.supply_chain"]).tools
TODAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    folder = tmp_path_factory.mktemp("platform")
    return Platform(folder, folder)


@pytest.fixture(scope="module")
def issuer(platform: Platform) -> LocalIssuer:
    return platform.issuer


@pytest.fixture(scope="module")
def answer(platform: Platform, lake: Path) -> Iterator[Answer]:
    """What the function of a group answers."""
    engine = DuckDbEngine(lake)
    attributes = TableAttributes(engine, clock=time.monotonic)
    gateway = SqlGateway(engine, attributes, catalogue=CATALOGUE, policy=lambda: POLICY, decisions=platform.audit)

    def answer(event: object, function: Function = INVENTORY) -> dict[str, Any]:
        reply = answer_tool(
            event,
            tools={name: TOOLS[name] for name in function.tools},
            runner=LocalTools(gateway=gateway, today=lambda: TODAY),
            policy=lambda: POLICY,
            sign_in=platform.sign_in,
            audit=platform.audit,
        )
        sent: dict[str, Any] = json.loads(json.dumps(reply))
        return sent

    yield answer
    engine.close()


@pytest.fixture(scope="module")
def event(issuer: LocalIssuer) -> Event:
    """An envelope of wanda's; keywords change a field, or the person."""

    def make(
        person: str = "wanda",
        groups: tuple[str, ...] = ("warehouse_manager",),
        persona: object = "warehouse_manager",
        given: object = None,
        **changed: object,
    ) -> dict[str, Any]:
        envelope = Envelope(
            tool="reorder_candidates",
            arguments={"persona": persona, "arguments": {"warehouse": "WH02"} if given is None else given},  # type: ignore[dict-item]  # tests send what is wrong
            token=issuer.token(person, groups),
            deadline=5_000,
            request_id="r1",
        )
        return envelope.as_json() | changed

    return make


def test_a_tools_result_is_that_of_the_tokens_owner(answer: Answer, event: Event) -> None:
    """Warehouse WH02 is not wanda's, and the one who buys for all sees that it is empty."""
    hers = read_result(answer(event()), what="it")
    assert (hers.value, hers.as_of, hers.table.rows) == (0, TODAY, ())
    buyer = event("paul", ("procurement_specialist",), "procurement_specialist")
    his = read_result(answer(buyer), what="it")
    assert his.table.rows == (("P0001", "Bolt", 0, 5, 5, 3),)


@pytest.mark.parametrize(
    ("function", "changed", "code"),
    [
        (INVENTORY, {"token": "x.y.z"}, "unauthenticated"),
        (INVENTORY, {"token": ""}, "unauthenticated"),
        (INVENTORY, {"persona": "procurement_specialist"}, "forbidden"),
        (INVENTORY, {"persona": "king"}, "invalid"),
        (INVENTORY, {"persona": 7}, "invalid"),
        (INVENTORY, {"tool": "query_data"}, "forbidden"),  # another function's
        (INVENTORY, {"tool": "nothing"}, "forbidden"),
        (PURCHASING, {"tool": "late_purchase_orders", "given": {}}, "forbidden"),  # not granted to a manager
        (INVENTORY, {"given": {"warehouse": "WH02'; --"}}, "invalid"),
        (INVENTORY, {"given": {}}, "invalid"),
        (INVENTORY, {"given": []}, "invalid"),
        (INVENTORY, {"given": "WH02"}, "invalid"),
        (QUERY, {"tool": "query_data", "given": {"statement": "SELECT * FROM user_warehouse"}}, "forbidden"),
        (INVENTORY, {"deadline": 0}, "deadline"),
        (INVENTORY, {"deadline": -5}, "deadline"),
        (INVENTORY, {"surprise": 1}, "invalid"),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_code(
    answer: Answer, event: Event, function: Function, changed: dict[str, Any], code: str
) -> None:
    """The caller raises the same error as if the tool ran in its own process."""
    assert answer(event(**changed), function)["problem"]["code"] == code


@pytest.mark.parametrize("wrong", [None, [], "text", 5, {}])
def test_what_is_no_envelope_is_refused(answer: Answer, wrong: object) -> None:
    """Whoever may invoke the function may send anything."""
    assert answer(wrong)["problem"]["code"] == "invalid"


@pytest.mark.parametrize(
    ("changed", "subject", "request_id"),
    [
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
    answer: Answer,
    event: Event,
    platform: Platform,
    changed: dict[str, Any],
    subject: str,
    request_id: str,
) -> None:
    """Of nobody, unless the token in it proves who sent it; with nothing of what was sent."""
    before = len(platform.recorded())
    assert answer(event(**changed))["problem"]["code"] == "invalid"
    (record,) = platform.recorded()[before:]
    assert (record["action"], record["resource"], record["allowed"]) == ("ask:tool", "tool/?", False)
    assert (record["rule"], record["subject"], record["request_id"]) == ("invalid", subject, request_id)
    assert "hush" not in str(record)


@pytest.mark.parametrize("wrong", [None, [], "text", 5, {}])
def test_what_is_no_envelope_is_a_denial_of_nobody(
    answer: Answer,
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


def test_a_token_of_another_client_is_refused(
    answer: Answer, event: Event, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that somebody's other application got for the same person opens nothing here."""
    monkeypatch.setattr("agents.adapters.local_issuer.AUDIENCE", "another-client")
    token = issuer.token("wanda", ["warehouse_manager"])
    assert answer(event(token=token))["problem"]["code"] == "unauthenticated"


def test_a_person_without_a_persona_gets_nothing(answer: Answer, event: Event) -> None:
    """An operator configures agents and sees no data."""
    assert answer(event("olga", ("operator",), None))["problem"]["code"] == "forbidden"


def test_a_reply_too_large_for_lambda_says_so(answer: Answer, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda would answer with an error of its own, without a reason."""
    monkeypatch.setattr(serve, "MAX_REPLY_BYTES", 10)
    assert answer(event())["problem"]["message"] == "the result is too large to send"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_a_problem(event: Event, platform: Platform, value: float) -> None:
    """Lambda would make null of it, which is another figure."""
    reply = serve.serve(
        event(),
        lambda _: {"value": value},
        check=lambda _: None,
        action=Action.RUN_TOOL,
        sign_in=platform.sign_in,
        audit=platform.audit,
    )
    problem: Any = reply["problem"]
    assert "NaN" in problem["message"]


def test_a_defect_shows_nothing_of_itself(event: Event, platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    """Its trace is in the log; outside it is an internal error."""
    reply = answer_tool(event(), tools={}, runner=None, policy=lambda: POLICY, sign_in=None, audit=platform.audit)  # type: ignore[arg-type]  # a defect on purpose
    assert reply == {"problem": {"code": "internal", "message": "internal error", "fix": ""}}
    assert "AttributeError" in caplog.text


def test_a_tool_and_its_query_are_recorded_under_one_request(answer: Answer, event: Event, platform: Platform) -> None:
    """The tool that was run, and the statement that it asked."""
    answer(event(request_id="the-question-43"))
    mine = [record for record in platform.recorded() if record["request_id"] == "the-question-43"]
    assert {(record["action"], record["resource"], record["allowed"]) for record in mine} == {
        ("ask:tool", "tool/reorder_candidates", True),
        ("ask:query", "table/product+warehouse_product", True),
    }


def test_a_delegation_is_taken_for_the_data_plane_alone(answer: Answer, event: Event, platform: Platform) -> None:
    """A machine's scopes hold here too; one for another audience or stack is nobody's."""
    good = answer(event(token=platform.delegation(subject="wanda", scopes=frozenset({"ask"}))))
    assert "value" in good
    wrong = (platform.delegation(audience=OTHER), platform.delegation(stack="staging"))
    assert [answer(event(token=token))["problem"]["code"] for token in wrong] == ["unauthenticated"] * 2
    narrow = platform.delegation(scopes=frozenset({"config"}))
    assert answer(event(token=narrow))["problem"]["code"] == "forbidden"


def test_without_a_record_there_is_no_result(
    answer: Answer, event: Event, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tool may have run; nothing of it leaves."""

    def full(_: object) -> None:
        raise UnavailableError("no room")

    monkeypatch.setattr(platform.log, "append", full)
    assert answer(event())["problem"]["code"] == "unavailable"


cells = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
rows = st.integers(0, 4).flatmap(
    lambda width: st.builds(
        Rows,
        columns=st.lists(st.text(), min_size=width, max_size=width).map(tuple),
        rows=st.lists(st.lists(cells, min_size=width, max_size=width).map(tuple), max_size=5).map(tuple),
        truncated=st.booleans(),
    )
)
results = st.builds(
    ToolResult,
    value=cells | st.decimals(allow_nan=False, allow_infinity=False).map(str),
    units=st.text(),
    method=st.text(),
    parameters=st.dictionaries(st.text(), cells),
    inputs_digest=st.text(),
    as_of=st.dates(),
    quality=st.dictionaries(st.text(), cells),
    sensitivity=st.text(),
    table=st.none() | rows,
)


@given(results)
def test_a_result_survives_the_way_exactly(result: ToolResult) -> None:
    """Types too: decimal text stays text, dates are dates, a table's rows are what they were."""
    sent = json.loads(json.dumps(result.as_json()))
    back = read_result(sent, what="it")
    assert back == result
    assert repr(back) == repr(result), "True is not 1, and 1.0 is not 1"


@pytest.mark.parametrize(
    "changed",
    [
        {"value": []},
        {"units": None},
        {"as_of": "yesterday"},
        {"as_of": 5},
        {"parameters": []},
        {"quality": {"a": {}}},
        {"table": {"columns": []}},
        {"table": 5},
        {"method": ...},
    ],
)
def test_what_is_no_result_is_unavailable(changed: dict[str, Any]) -> None:
    """Half a result is no result."""
    whole = ToolResult(value=1, units="", method="", parameters={}, inputs_digest="", as_of=TODAY).as_json()
    fields = {name: value for name, value in (whole | changed).items() if value is not ...}
    with pytest.raises(UnavailableError):
        read_result(fields, what="it")
