"""An envelope is read strictly, and what it carries is what its sender put in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.access.envelope import LONGEST_S, Envelope, read_reply, refusal
from agents.errors import DeadlineError, ForbiddenError, InvalidError, QuartermasterError, UnavailableError

GOOD: dict[str, Any] = {"tool": "query", "arguments": {}, "token": "t", "deadline": 1_000, "request_id": "r1"}


@given(
    st.builds(
        Envelope,
        tool=st.text(),
        arguments=st.dictionaries(st.text(), st.none() | st.integers() | st.text()),
        token=st.text(),
        deadline=st.integers(),
        request_id=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
        idempotency_key=st.text(),
        config_version=st.text(),
    )
)
def test_an_envelope_survives_the_way(envelope: Envelope) -> None:
    """As JSON and back."""
    assert Envelope.parse(json.loads(json.dumps(envelope.as_json()))) == envelope


@pytest.mark.parametrize(
    "changed",
    [
        {"deadline": True},
        {"deadline": 1.5},
        {"deadline": "1000"},
        {"arguments": []},
        {"token": None},
        {"tool": 5},
        {"request_id": 5},
        {"request_id": ""},
        {"request_id": "a b"},
        {"request_id": "a\nb"},
        {"request_id": "x" * 65},
        {"request_id": "é"},
        {"subject": "petra"},
        {"principal": {"subject": "petra"}},
    ],
)
def test_what_is_no_envelope_is_refused(changed: dict[str, Any]) -> None:
    """Types are exact, nothing is added: who asks is in the token and nowhere else."""
    with pytest.raises(InvalidError):
        Envelope.parse(GOOD | changed)


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_a_part_that_is_missing_is_named(missing: str) -> None:
    """The error says which."""
    with pytest.raises(InvalidError, match=missing):
        Envelope.parse({name: value for name, value in GOOD.items() if name != missing})


@given(st.integers())
def test_no_envelope_asks_for_longer_than_a_function_lives(deadline: int) -> None:
    """Whatever the sender says."""
    left = Envelope.parse(GOOD | {"deadline": deadline}).deadline_here(10.0).remaining_s()
    assert 0 <= left <= min(10.0, LONGEST_S)


def test_the_token_is_not_shown() -> None:
    """An envelope in a log or a trace tells who, and lends nobody the token."""
    assert "secret" not in repr(Envelope.parse(GOOD | {"token": "secret"}))


@pytest.mark.parametrize("error", [DeadlineError("d"), ForbiddenError("f", fix="Ask."), InvalidError("i")])
def test_a_refusal_is_raised_on_the_other_side(error: QuartermasterError) -> None:
    """As the same error, with the same words."""
    with pytest.raises(type(error)) as raised:
        read_reply(json.loads(json.dumps(refusal(error))), what="it")
    assert str(raised.value) == str(error)


def test_a_code_that_we_do_not_raise_is_unavailable() -> None:
    """A function that is newer, or broken, cannot choose our error."""
    with pytest.raises(UnavailableError):
        read_reply({"problem": {"code": "internal", "message": "m"}}, what="it")
