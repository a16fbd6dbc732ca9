"""From the Authorization header of a request to its caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.access.personas import principal
from agents.access.principal import Caller
from agents.errors import ForbiddenError, InvalidError, UnauthenticatedError
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import SIGN_IN_REFUSALS

if TYPE_CHECKING:
    from agents.access.tokens import Verifier
    from agents.telemetry.measures import Measures

_SCHEME: Final = "bearer"


@dataclass(frozen=True)
class SignIn:
    """Verifies tokens for one tenant."""

    verifier: Verifier
    tenant: str
    measures: Measures = UNMEASURED

    def caller(self, token: str, *, persona: str | None) -> Caller:
        """The caller that a token proves, in the persona the request names; raises as its parts do."""
        try:
            claims = self.verifier.verify(token)
            who = principal(claims, persona=persona, tenant=self.tenant)
        except (ForbiddenError, InvalidError, UnauthenticatedError) as error:
            self.measures.record(SIGN_IN_REFUSALS, code=error.code)
            raise
        return Caller(principal=who, token=token)

    def from_header(self, authorization: str | None, *, persona: str | None) -> Caller:
        """The same from an `Authorization: Bearer ...` header."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != _SCHEME or not token:
            self.measures.record(SIGN_IN_REFUSALS, code=UnauthenticatedError.code)
            raise UnauthenticatedError("the request carries no token", fix="Send it as `Authorization: Bearer TOKEN`.")
        return self.caller(token.strip(), persona=persona)
