"""From a request's header to its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.errors import ForbiddenError, InvalidError, UnauthenticatedError

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path / "issuer.pem", clock=lambda: NOW)


@pytest.fixture
def sign_in(issuer: LocalIssuer) -> SignIn:
    return SignIn(Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=lambda: NOW), "default")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_header_proves_a_caller(issuer: LocalIssuer, sign_in: SignIn, scheme: str) -> None:
    """The caller carries persona, tenant and the token, which its text never shows."""
    token = issuer.token("wanda", ["warehouse_manager"])
    caller = sign_in.from_header(f"{scheme} {token}", persona=None)
    assert (caller.principal.subject, caller.principal.persona) == ("wanda", "warehouse_manager")
    assert (caller.principal.tenant, caller.token) == ("default", token)
    assert token not in repr(caller)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic x", "Bearer x y", "x", "\0"])
def test_another_header_is_refused(sign_in: SignIn, header: str | None) -> None:
    """Without a usable token there is no caller."""
    with pytest.raises(UnauthenticatedError):
        sign_in.from_header(header, persona=None)


def test_the_persona_is_the_servers_to_give(issuer: LocalIssuer, sign_in: SignIn) -> None:
    """The request may choose among the personas of the token's groups, and no others."""
    token = issuer.token("dario", ["warehouse_manager", "procurement_specialist"])
    assert sign_in.caller(token, persona="procurement_specialist").principal.persona == "procurement_specialist"
    with pytest.raises(InvalidError):
        sign_in.caller(token, persona=None)
    with pytest.raises(ForbiddenError):
        sign_in.caller(token, persona="field_engineer")
