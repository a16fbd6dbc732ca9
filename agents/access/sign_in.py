"""From what a request carries to who sends it, and to the caller it acts as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from agents.access.api_keys import PREFIX
from agents.access.decisions import Decision
from agents.access.personas import principal
from agents.access.principal import Caller, Principal
from agents.access.roles import Action, allowing
from agents.contract import PERSONAS, ROLES
from agents.errors import ForbiddenError, InvalidError, LimitedError, UnauthenticatedError
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import SIGN_IN_REFUSALS

if TYPE_CHECKING:
    from agents.access.decisions import Decisions
    from agents.access.principal import Claims
    from agents.access.request_limits import Limited, RequestLimits
    from agents.errors import QuartermasterError
    from agents.json_value import Json
    from agents.telemetry.measures import Measures

_SCHEME: Final = "bearer"
_RESOURCE: Final = "sign-in"
ACTOR: Final = "api"  # who asks the data plane for a machine


class Credentials(Protocol):
    """What tokens are proven by: the user pool, keys of machines, our own signature."""

    def verify(self, token: str) -> Claims:
        """What a genuine and current token says; raises UnauthenticatedError and UnavailableError.

        An UnauthenticatedError has a cause where the proof itself failed: a forged signature, a key that nobody has.
        It has none where there was nothing to prove, or what is genuine has ended or was made for something else.
        """

    def recall(self, token: str) -> Claims | None:
        """The verdict on a token that was found good and still is, as far as memory alone can tell; else None."""


class Delegates(Protocol):
    """Makes the token that travels to tools in the place of a secret that must not."""

    def token(self, who: Principal, *, actor: str, until: float | None = None) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who sends a request: proven, and in no persona yet."""

    claims: Claims
    token: str = field(repr=False)
    tenant: str
    origin: SignIn | None = field(default=None, repr=False, compare=False)  # writes down what is refused

    def operator(self) -> Principal:
        """The principal in no persona, for everything that roles decide. Never raises."""
        return Principal(
            subject=self.claims.subject,
            tenant=self.tenant,
            groups=self.claims.groups,
            persona=None,
            roles=self.claims.groups & frozenset(ROLES),
            scopes=self.claims.scopes,
            actor=self.claims.actor,
        )

    def caller(self, persona: str | None) -> Caller:
        """The caller in the persona that the request names, or in the only one its groups give.

        Raises as `personas.principal` does. The key of a machine stays here: a delegation travels in its place, or
        nothing where tools run in this process. Who may ask nothing gets none; of an agent that is not granted the
        assistant decides, after it is made.
        """
        try:
            who = principal(self.claims, persona=persona, tenant=self.tenant)
        except (ForbiddenError, InvalidError) as error:
            if self.origin:
                self.origin.refused(error, who=self.operator(), persona=persona)
            raise
        if not self.token.startswith(PREFIX):
            return Caller(principal=who, token=self.token)
        delegates = self.origin.delegates if self.origin and allowing(who, Action.ASK) else None
        token = delegates.token(who, actor=ACTOR, until=self.claims.expires_at) if delegates else ""
        return Caller(principal=who, token=token)


@dataclass(frozen=True)
class SignIn:
    """Proves who sends a request, for one tenant.

    Each refusal is measured and, as a decision, written down before the request is answered; of a sender who is
    limited only the first of a row is, and of an address that proves nothing so many as would lock one that guesses, as
    a flood must not fill the record. What fails to prove is a guess, and locks; no token or one that has ended is none:
    any page that a browser shows can send requests without a token, and must not lock its reader out. What is let in is
    not written down here: the decision that follows names the same person, and says what for. `limits` are for requests
    that come with a header; envelopes come from functions of ours.
    """

    credentials: Credentials
    tenant: str
    decisions: Decisions = field(kw_only=True)
    measures: Measures = field(default=UNMEASURED, kw_only=True)
    limits: RequestLimits | None = field(default=None, kw_only=True)
    delegates: Delegates | None = field(default=None, kw_only=True)

    def identify(self, authorization: str | None, *, client: str) -> Identity:
        """Who sent an `Authorization: Bearer ...` header from the address `client`.

        Raises UnauthenticatedError, LimitedError, and UnavailableError when nothing can be proven for now. While an
        address is locked, tokens that were found good before still pass: others may share the address.
        """
        known = self.recall(authorization, client=client)
        if known is not None:
            return known
        token = _token(authorization)
        return self._let_in(self._prove(token, client), token, client)

    def recall(self, authorization: str | None, *, client: str) -> Identity | None:
        """`identify` as far as memory alone can tell, which an event loop may ask; None for what must be proven."""
        token = _token(authorization)
        claims = self.credentials.recall(token) if token else None
        return None if claims is None else self._let_in(claims, token, client)

    def caller(self, token: str, *, persona: str | None) -> Caller:
        """The caller that the token of an envelope proves, in the persona it names; raises as its parts do."""
        try:
            claims = self.credentials.verify(token)
        except UnauthenticatedError as error:
            self.refused(error)
            raise
        return self._identity(claims, token).caller(persona)

    def refused(
        self, error: QuartermasterError, *, who: Principal | None = None, client: str = "", persona: str | None = None
    ) -> None:
        """Measures a refusal and writes it down, with the subject if one was proven."""
        self.measures.record(SIGN_IN_REFUSALS, code=error.code)
        self._note(error, who, client, persona)

    def limited(self, error: LimitedError, *, first: bool, who: Principal | None = None, client: str = "") -> None:
        """Measures that somebody has to wait, and writes the first of a row down."""
        self.measures.record(SIGN_IN_REFUSALS, code=error.code)
        if first:
            self._note(error, who, client)

    def _note(
        self, error: QuartermasterError, who: Principal | None, client: str = "", persona: str | None = None
    ) -> None:
        # A name that is no persona's is what somebody wrote, and stays out.
        resource = f"persona/{persona}" if persona in PERSONAS else _RESOURCE
        detail: dict[str, Json] = {"client": client} if client else {}
        if who is None:
            decision = Decision(
                action=Action.SIGN_IN,
                resource=resource,
                allowed=False,
                rule=error.code,
                tenant=self.tenant,
                detail=detail,
            )
        else:
            decision = Decision.of(who, Action.SIGN_IN, resource, allowed=False, rule=error.code, detail=detail)
        self.decisions.record(decision)

    def _let_in(self, claims: Claims, token: str, client: str) -> Identity:
        identity = self._identity(claims, token)
        if self.limits and (limited := self.limits.take(claims.subject)):
            raise self._limited(limited, identity.operator(), client)
        return identity

    def _prove(self, token: str, client: str) -> Claims:
        if self.limits and (limited := self.limits.locked(client)):
            raise self._limited(limited, None, client)
        try:
            return self._verified(token)
        except UnauthenticatedError as error:
            guessed = error.__cause__ is not None
            if self.limits and guessed:
                self.limits.failed(client)
            if guessed or self.limits is None or self.limits.notes(client):
                self.refused(error, client=client)
            else:
                self.measures.record(SIGN_IN_REFUSALS, code=error.code)
            raise

    def _verified(self, token: str) -> Claims:
        if not token:
            raise UnauthenticatedError("the request carries no token", fix="Send it as `Authorization: Bearer TOKEN`.")
        return self.credentials.verify(token)

    def _limited(self, limited: Limited, who: Principal | None, client: str) -> LimitedError:
        error = LimitedError("too many requests", retry_after_s=limited.retry_after_s)
        self.limited(error, first=limited.first, who=who, client=client)
        return error

    def _identity(self, claims: Claims, token: str) -> Identity:
        return Identity(claims=claims, token=token, tenant=self.tenant, origin=self)


def _token(authorization: str | None) -> str:
    """The token of a bearer header; empty when there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == _SCHEME else ""
