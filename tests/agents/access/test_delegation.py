"""Tokens that we sign ourselves: for whom, for what, for how long."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import jwt
import pytest

from agents.access.api_keys import digest_of
from agents.access.credentials import ByForm
from agents.access.delegation import (
    LEEWAY_S,
    LIFETIME_S,
    RETRY_AFTER_S,
    DelegationVerifier,
    Delegator,
    audience_of,
    issuer_of,
)
from agents.access.principal import Claims, Principal
from agents.access.sign_in import ACTOR, Identity, SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.local_signer import LocalSigner
from agents.errors import ForbiddenError, UnauthenticatedError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from agents.access.decisions import Decisions

NOW = 1_800_000_000
DELEGATES, DATA = issuer_of("dev"), audience_of("dev")
REPORT = Principal(
    subject="machine-report",
    tenant="default",
    groups=frozenset({"warehouse_manager", "field_engineer", "viewer"}),
    persona="warehouse_manager",
    roles=frozenset({"viewer"}),
    scopes=frozenset({"ask"}),
)
WANDA = Principal(subject="wanda", tenant="default", groups=frozenset({"warehouse_manager"}), persona=None)


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class Signer(LocalSigner):
    """A real signer that counts, and can be away."""

    signed = 0
    shown = 0
    away = False

    def sign(self, data: bytes) -> bytes:
        self.signed += 1
        return super().sign(data)

    @property
    def key_id(self) -> str:
        return "the-key"

    def public_key(self) -> bytes:
        self.shown += 1
        if self.away:
            raise UnavailableError("away")
        return super().public_key()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "delegation.pem")


@pytest.fixture
def delegator(signer: Signer, clock: Clock) -> Delegator:
    ids = itertools.count(1)
    return Delegator(signer, issuer=DELEGATES, audience=DATA, clock=clock, new_id=lambda: str(next(ids)))


@pytest.fixture
def verifier(signer: Signer, clock: Clock) -> DelegationVerifier:
    return DelegationVerifier(signer, issuer=DELEGATES, audience=DATA, clock=clock)


def test_a_delegation_says_who_asks_and_who_acts(delegator: Delegator, verifier: DelegationVerifier) -> None:
    """Subject, persona and scopes are the principal's; roles and other personas stay behind; the actor is named."""
    claims = verifier.verify(delegator.token(REPORT, actor="api"))
    assert claims == Claims(
        subject="machine-report",
        groups=frozenset({"warehouse_manager"}),
        scopes=frozenset({"ask"}),
        actor="api",
        expires_at=NOW + LIFETIME_S,
    )


def test_a_job_acts_for_a_person(delegator: Delegator, verifier: DelegationVerifier) -> None:
    """A person's delegation has no scopes, as nothing narrows what people hold."""
    claims = verifier.verify(delegator.token(WANDA, actor="forecast"))
    assert (claims.subject, claims.scopes, claims.actor) == ("wanda", None, "forecast")


def test_no_scopes_are_not_all_scopes(delegator: Delegator, verifier: DelegationVerifier) -> None:
    """An empty set stays one."""
    none = Principal(subject="a", tenant="default", groups=frozenset(), persona=None, scopes=frozenset())
    assert verifier.verify(delegator.token(none, actor="api")).scopes == frozenset()


def test_any_reader_of_tokens_can_read_it(delegator: Delegator, signer: Signer) -> None:
    """It is a plain JWT with an ES256 signature, one audience and an id of its own."""
    pem = LocalSigner.public_key(signer)
    read = [
        jwt.decode(
            delegator.token(REPORT, actor="api"),
            pem,
            algorithms=["ES256"],
            audience=DATA,
            issuer=DELEGATES,
            options={"verify_exp": False, "verify_iat": False},
        )
        for _ in range(2)
    ]
    assert [one["jti"] for one in read] == ["1", "2"]
    assert read[0]["exp"] - read[0]["iat"] == 300


@pytest.mark.parametrize(("until", "lasts"), [(NOW + 60, 60), (NOW + 60.9, 60), (NOW + 9_999, 300), (None, 300)])
def test_it_ends_with_what_it_stands_for(
    delegator: Delegator, verifier: DelegationVerifier, until: float | None, lasts: float
) -> None:
    """Five minutes, or sooner when the key behind it ends."""
    assert verifier.verify(delegator.token(REPORT, actor="api", until=until)).expires_at == NOW + lasts


def test_it_ends_to_the_second(delegator: Delegator, verifier: DelegationVerifier, clock: Clock) -> None:
    """A clock may be behind by the leeway; after five minutes it is over."""
    token = delegator.token(REPORT, actor="api")
    for now, good in (
        (NOW - LEEWAY_S - 1, False),
        (NOW - LEEWAY_S, True),
        (NOW + LIFETIME_S - 1, True),
        (NOW + LIFETIME_S, False),
    ):
        clock.now = now
        if good:
            assert verifier.verify(token)
        else:
            with pytest.raises(UnauthenticatedError):
                verifier.verify(token)


def test_a_delegation_is_not_handed_on(
    delegator: Delegator, verifier: DelegationVerifier, decisions: Decisions
) -> None:
    """Whoever came with one gets no second one, and so no more time."""
    behind = SignIn(ByForm(people=verifier, delegated=verifier), "default", decisions=decisions)
    who = behind.caller(delegator.token(REPORT, actor="api"), persona=None).principal
    assert who.actor == "api"
    with pytest.raises(ForbiddenError):
        delegator.token(who, actor="job")


def test_it_opens_the_data_plane_and_nothing_else(
    delegator: Delegator, verifier: DelegationVerifier, tmp_path: Path, decisions: Decisions
) -> None:
    """The API refuses it; functions behind it take it, and people's tokens as before, and go on with what came."""
    issuer = LocalIssuer(tmp_path / "issuer.pem", clock=lambda: NOW)
    people = Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=lambda: NOW)
    api = SignIn(ByForm(people=people), "default", decisions=decisions)
    behind = SignIn(ByForm(people=people, delegated=verifier), "default", decisions=decisions)
    delegation, person = delegator.token(REPORT, actor="api"), issuer.token("wanda", ["warehouse_manager"])
    with pytest.raises(UnauthenticatedError):
        api.identify(f"Bearer {delegation}", client="192.0.2.1")
    assert behind.caller(delegation, persona="warehouse_manager").token == delegation
    for sign_in in (api, behind):
        assert sign_in.caller(person, persona=None).principal.subject == "wanda"


class Machine:
    """`Credentials` of one key."""

    def verify(self, token: str) -> Claims:
        assert digest_of(token)
        return Claims(
            subject=REPORT.subject, groups=REPORT.groups, scopes=REPORT.scopes, expires_at=NOW + 100, actor=""
        )

    recall = verify


def test_a_machine_asks_tools_by_delegation(
    delegator: Delegator, verifier: DelegationVerifier, signer: Signer, decisions: Decisions
) -> None:
    """Its key stays in the API; what travels says who asks and ends with the key. Only asking costs a signature."""
    api = SignIn(ByForm(people=verifier, machines=Machine()), "default", decisions=decisions, delegates=delegator)
    key = "qmk_report_" + "0" * 64
    identity = api.identify(f"Bearer {key}", client="192.0.2.1")
    assert identity.operator().roles == {"viewer"}
    assert signer.signed == 0
    caller = identity.caller(REPORT.persona)
    assert key not in caller.token
    claims = verifier.verify(caller.token)
    assert (claims.subject, claims.actor, claims.expires_at) == ("machine-report", ACTOR, NOW + 100)
    assert caller.principal.actor == ""


@pytest.mark.parametrize(
    ("groups", "scopes"), [({"viewer"}, {"ask"}), ({"warehouse_manager"}, {"config"}), ({"warehouse_manager"}, set())]
)
def test_who_may_not_ask_costs_no_signature(
    delegator: Delegator, signer: Signer, decisions: Decisions, groups: set[str], scopes: set[str]
) -> None:
    """Without a persona or the scope, no tool will be called."""
    api = SignIn(Machine(), "default", decisions=decisions, delegates=delegator)
    claims = Claims(subject="machine-a", groups=frozenset(groups), scopes=frozenset(scopes), expires_at=NOW + 100)
    caller = Identity(claims=claims, token="qmk_a", tenant="default", origin=api).caller(None)
    assert (caller.token, signer.signed) == ("", 0)


def test_environments_do_not_know_each_other(signer: Signer, clock: Clock, verifier: DelegationVerifier) -> None:
    """Also where they share a key."""
    for issuer, audience in ((issuer_of("prod"), DATA), (DELEGATES, audience_of("prod"))):
        other = Delegator(signer, issuer=issuer, audience=audience, clock=clock, new_id=lambda: "1")
        with pytest.raises(UnauthenticatedError):
            verifier.verify(other.token(REPORT, actor="api"))


def test_the_public_key_is_read_once(
    delegator: Delegator, verifier: DelegationVerifier, signer: Signer, clock: Clock
) -> None:
    """Neither tokens nor forgeries read it again; while it cannot be read, it is tried every five seconds."""
    token = delegator.token(REPORT, actor="api")
    signer.away = True
    for _ in range(5):
        with pytest.raises(UnavailableError):
            verifier.verify(token)
    assert signer.shown == 1
    signer.away = False
    clock.now += RETRY_AFTER_S
    for _ in range(5):
        verifier.verify(token)
        with pytest.raises(UnauthenticatedError):
            verifier.verify(token[:-8] + "AAAAAAAA")
    assert signer.shown == 2
