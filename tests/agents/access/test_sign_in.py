"""From a request's header to who sends it, and to the caller it acts as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.access.request_limits import Rates, RequestLimits
from agents.access.sign_in import Identity, SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.errors import ForbiddenError, InvalidError, LimitedError, UnauthenticatedError, UnavailableError
from agents.telemetry.measures import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.access.decisions import Decision
    from agents.telemetry.metrics import Metric

NOW, CLIENT = 1_800_000_000, "192.0.2.1"


class Noted:
    """Decisions and measures, in a list each."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.codes: list[str] = []
        self.full = False

    def __call__(self) -> list[tuple[str, str, str, str]]:
        """Rule, resource, subject and tenant of what was written down, once."""
        found = [(one.rule, one.resource, one.subject, one.tenant) for one in self.decisions]
        assert all((one.action, one.allowed) == ("sign_in", False) for one in self.decisions)
        self.decisions = []
        return found


class Measured:
    def __init__(self, noted: Noted) -> None:
        self.noted = noted

    def record(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        check(metric, value, dimensions)
        self.noted.codes.append(dimensions["code"])


class Record:
    def __init__(self, noted: Noted) -> None:
        self.noted = noted

    def record(self, decision: Decision) -> None:
        if self.noted.full:
            raise UnavailableError("the record is away")
        self.noted.decisions.append(decision)


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path / "issuer.pem", clock=lambda: NOW)


@pytest.fixture
def sign_in(issuer: LocalIssuer, noted: Noted) -> SignIn:
    return SignIn(
        Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=lambda: NOW),
        "default",
        decisions=Record(noted),
        measures=Measured(noted),
        limits=RequestLimits(clock=lambda: 0.0, rates=Rates(burst=5, failures=3)),
    )


@pytest.fixture
def identify(sign_in: SignIn) -> Callable[[str | None], Identity]:
    return lambda header: sign_in.identify(header, client=CLIENT)


@pytest.fixture
def forged(tmp_path: Path) -> str:
    """A header whose token another key signed."""
    return f"Bearer {LocalIssuer(tmp_path / 'stranger.pem', clock=lambda: NOW).token('wanda', ['operator'])}"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_header_proves_who_sends_it(
    issuer: LocalIssuer, identify: Callable[[str | None], Identity], scheme: str, noted: Noted
) -> None:
    """Subject, tenant, persona and roles; the token goes on and is in no text. An allow is not written down here."""
    token = issuer.token("wanda", ["warehouse_manager", "viewer", "chess-club"])
    identity = identify(f"{scheme} {token}")
    caller = identity.caller(None)
    assert (caller.principal.subject, caller.principal.persona) == ("wanda", "warehouse_manager")
    assert (caller.principal.tenant, caller.token, caller.principal.roles) == ("default", token, {"viewer"})
    assert token not in repr(caller) + repr(identity)
    assert noted() == []


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic x", "Bearer x y", "x", "\0", "Bearer é"])
def test_another_header_is_refused_and_noted(
    identify: Callable[[str | None], Identity], noted: Noted, header: str | None
) -> None:
    """Without a usable token there is nobody: one decision that names none, one count."""
    with pytest.raises(UnauthenticatedError):
        identify(header)
    assert noted.decisions[0].detail == {"client": CLIENT}
    assert noted() == [("unauthenticated", "sign-in", "", "default")]
    assert noted.codes == ["unauthenticated"]


def test_roles_need_no_persona(issuer: LocalIssuer, identify: Callable[[str | None], Identity]) -> None:
    """Who holds two personas is an operator without naming one."""
    token = issuer.token("dario", ["warehouse_manager", "procurement_specialist", "operator"])
    who = identify(f"Bearer {token}").operator()
    assert (who.persona, who.roles, who.scopes, who.actor) == (None, {"operator"}, None, "")


def test_the_persona_is_the_servers_to_give(issuer: LocalIssuer, sign_in: SignIn, noted: Noted) -> None:
    """A request names one of the personas of its token; what it may not name is noted with its sender."""
    token = issuer.token("dario", ["warehouse_manager", "procurement_specialist"])
    for asked in (
        sign_in.identify(f"Bearer {token}", client=CLIENT).caller,
        lambda p: sign_in.caller(token, persona=p),
    ):
        assert asked("procurement_specialist").principal.persona == "procurement_specialist"
        with pytest.raises(InvalidError):
            asked(None)
        with pytest.raises(ForbiddenError):
            asked("field_engineer")
        with pytest.raises(InvalidError):
            asked("king'; DROP TABLE audit --")
        assert noted() == [
            ("invalid", "sign-in", "dario", "default"),
            ("forbidden", "persona/field_engineer", "dario", "default"),
            ("invalid", "sign-in", "dario", "default"),  # what somebody wrote stays out
        ]


def test_an_envelope_without_a_good_token_is_refused_and_noted(sign_in: SignIn, noted: Noted) -> None:
    """Functions verify again, and write down what they refuse."""
    with pytest.raises(UnauthenticatedError):
        sign_in.caller("x.y.z", persona="warehouse_manager")
    assert noted() == [("unauthenticated", "sign-in", "", "default")]


def test_who_asks_too_often_waits(
    issuer: LocalIssuer, identify: Callable[[str | None], Identity], noted: Noted
) -> None:
    """Each refusal is counted; of a row of them the first is written down, with the subject."""
    header = f"Bearer {issuer.token('wanda', ['warehouse_manager'])}"
    for _ in range(5):
        identify(header)
    for _ in range(3):
        with pytest.raises(LimitedError) as refused:
            identify(header)
    assert refused.value.retry_after_s == 1
    assert noted() == [("limited", "sign-in", "wanda", "default")]
    assert noted.codes == ["limited"] * 3
    assert identify(f"Bearer {issuer.token('felix', [])}").claims.subject == "felix"


def test_memory_lets_in_whom_it_knows(
    issuer: LocalIssuer, sign_in: SignIn, identify: Callable[[str | None], Identity], noted: Noted
) -> None:
    """It proves nothing, refuses nobody it does not know, and counts requests as they are counted otherwise."""
    header = f"Bearer {issuer.token('wanda', ['viewer'])}"
    for unknown in (None, "", "Bearer guess", header):
        assert sign_in.recall(unknown, client=CLIENT) is None
    first = identify(header)
    assert [sign_in.recall(header, client=CLIENT) for _ in range(4)] == [first] * 4
    assert noted() == []
    for _ in range(2):
        with pytest.raises(LimitedError):
            sign_in.recall(header, client=CLIENT)
    assert noted() == [("limited", "sign-in", "wanda", "default")]


def test_who_guesses_is_locked_out(
    issuer: LocalIssuer, sign_in: SignIn, identify: Callable[[str | None], Identity], noted: Noted, forged: str
) -> None:
    """A locked address proves nothing new; tokens that were good before pass, and so does every other address."""
    known, new = (f"Bearer {issuer.token(name, [])}" for name in ("wanda", "felix"))
    identify(known)
    for header in (forged, "Bearer x.y.z", forged):
        with pytest.raises(UnauthenticatedError):
            identify(header)
    noted()
    for header in (new, forged, None):
        with pytest.raises(LimitedError):
            identify(header)
    assert noted() == [("limited", "sign-in", "", "default")]
    assert identify(known).claims.subject == "wanda"
    assert sign_in.identify(new, client="192.0.2.2").claims.subject == "felix"
    assert identify(new).claims.subject == "felix"  # known by now


def test_a_page_locks_nobody_out(
    issuer: LocalIssuer, tmp_path: Path, identify: Callable[[str | None], Identity], noted: Noted
) -> None:
    """Requests without a token, or with one that has ended, are no guesses, and do not fill the record."""
    before = LocalIssuer(tmp_path / "issuer.pem", clock=lambda: NOW - 86_400)
    ended = f"Bearer {before.token('wanda', ['warehouse_manager'])}"
    for header in (None, "", "Basic x", ended, "Bearer guess") * 20:
        with pytest.raises(UnauthenticatedError):
            identify(header)
    assert noted() == [("unauthenticated", "sign-in", "", "default")] * 3
    assert noted.codes == ["unauthenticated"] * 100
    assert identify(f"Bearer {issuer.token('felix', [])}").claims.subject == "felix"


def test_what_cannot_be_written_down_is_no_answer_either(
    identify: Callable[[str | None], Identity], noted: Noted, forged: str
) -> None:
    """A refusal that leaves no trace is not given; the guess counts all the same."""
    noted.full = True
    for _ in range(3):
        with pytest.raises(UnavailableError):
            identify(forged)
    noted.full = False
    with pytest.raises(LimitedError):
        identify(forged)


def test_an_issuer_that_is_away_is_nobodys_guess(
    issuer: LocalIssuer, sign_in: SignIn, noted: Noted, tmp_path: Path
) -> None:
    """When keys cannot be read the request is to be tried again: no refusal, no lock."""
    token = issuer.token("wanda", [])

    class Away:
        def fetch(self) -> list[dict[str, str]]:
            raise UnavailableError("away")

    away = SignIn(
        Verifier(Away(), issuer=ISSUER, audience=AUDIENCE, clock=lambda: NOW),
        "default",
        decisions=sign_in.decisions,
        limits=sign_in.limits,
    )
    for _ in range(9):
        with pytest.raises(UnavailableError):
            away.identify(f"Bearer {token}", client=CLIENT)
    assert noted() == []
    assert sign_in.identify(f"Bearer {token}", client=CLIENT)
