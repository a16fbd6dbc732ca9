"""From the Authorization header of a request to its caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.access.personas import principal
from agents.access.principal import Caller
from agents.errors import UnauthenticatedError

if TYPE_CHECKING:
    from agents.access.tokens import Verifier

_SCHEME: Final = "bearer"


@dataclass(frozen=True)
class SignIn:
    """Verifies tokens for one tenant."""

    verifier: Verifier
    tenant: str

    def caller(self, token: str, *, persona: str | None) -> Caller:
        """The caller that a token proves, in the persona the request names; raises as its parts do."""
        claims = self.verifier.verify(token)
        return Caller(principal=principal(claims, persona=persona, tenant=self.tenant), token=token)

    def from_header(self, authorization: str | None, *, persona: str | None) -> Caller:
        """The same from an `Authorization: Bearer ...` header."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != _SCHEME or not token:
            raise UnauthenticatedError("the request carries no token", fix="Send it as `Authorization: Bearer TOKEN`.")
        return self.caller(token.strip(), persona=persona)
