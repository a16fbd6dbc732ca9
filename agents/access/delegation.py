"""Tokens that we sign ourselves, for callers who have none of the user pool's: machines, and jobs for a person.

A delegation says who asks (`sub`), in which persona (the one of `groups`) and scopes, and who asks for them (`act`).
Other personas and roles stay behind: tools need none. It is good for one audience, the data plane, and for five minutes
at most, by the clock of who reads it; the API does not take it, so it opens nothing but what it was
made for. Whoever came with a delegation gets no second one.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from typing import TYPE_CHECKING, Final

import jwt

from agents.access import jws
from agents.access.principal import Claims
from agents.contract import SCOPES
from agents.errors import ForbiddenError, UnauthenticatedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from agents.access.ports import Signer
    from agents.access.principal import Principal

ALGORITHM: Final = "ES256"
LIFETIME_S: Final = 300
LEEWAY_S: Final = 30  # for a clock behind the signer's; none at the end, so that five minutes are five minutes
RETRY_AFTER_S: Final = 5
_SIGNATURE_BYTES: Final = 64
_TYPE: Final = "delegation+jwt"  # so that no other token of this key, whatever it may sign one day, passes for one
_WORD: Final = re.compile(r"[A-Za-z0-9._@+-]{1,128}")
_CLAIMS: Final = {"iss", "aud", "sub", "groups", "scopes", "act", "iat", "exp", "jti"}


def issuer_of(environment: str) -> str:
    """Who signs delegations in an environment."""
    return f"urn:quartermaster:delegation:{environment}"


def audience_of(environment: str) -> str:
    """The data plane of an environment: the gateway and the tools."""
    return f"urn:quartermaster:data:{environment}"


class Delegator:
    """Signs delegations. `clock` gives epoch seconds, `new_id` an id of its own for each."""

    def __init__(
        self,
        signer: Signer,
        *,
        issuer: str,
        audience: str,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._signer = signer
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._new_id = new_id

    def token(self, who: Principal, *, actor: str, until: float | None = None) -> str:
        """A delegation of `who`, in the persona they act in, to `actor`.

        It lasts five minutes, or `until` (epoch seconds) when that is sooner. Raises ForbiddenError for who acts for
        somebody already, and as the signer does.
        """
        if who.actor:
            raise ForbiddenError("who acts for another cannot hand that on", fix="Ask as yourself.")
        now = int(self._clock())
        expires = now + LIFETIME_S if until is None else min(now + LIFETIME_S, int(until))
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": who.subject,
            "groups": [] if who.persona is None else [who.persona],
            "scopes": None if who.scopes is None else sorted(who.scopes),
            "act": {"sub": actor},
            "iat": now,
            "exp": expires,
            "jti": self._new_id(),
        }
        header = {"alg": ALGORITHM, "typ": _TYPE, "kid": self._signer.key_id}
        signed = f"{_segment(json.dumps(header).encode())}.{_segment(json.dumps(claims).encode())}"
        return f"{signed}.{_segment(self._signer.sign(signed.encode()))}"


class DelegationVerifier:
    """`Credentials` of who comes with a delegation of ours, for the data plane.

    The public key is read once: an id of a key never comes to mean another key. `clock` gives epoch seconds.
    """

    def __init__(self, signer: Signer, *, issuer: str, audience: str, clock: Callable[[], float]) -> None:
        self._signer = signer
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._key: EllipticCurvePublicKey | None = None
        self._tried_at = float("-inf")
        self._lock = threading.Lock()

    def verify(self, token: str) -> Claims:
        """Who asks, by a genuine and current delegation to us; raises UnauthenticatedError and UnavailableError."""
        try:
            if not jws.well_formed(token):
                raise jwt.InvalidTokenError
            header = jws.header(token)
            named = (header.get("alg"), header.get("typ"), header.get("kid"))
            if named != (ALGORITHM, _TYPE, self._signer.key_id):
                raise jwt.InvalidTokenError
            return self._read(jws.claims(token, self._public_key(), algorithm=ALGORITHM))
        except jwt.PyJWTError as error:
            raise UnauthenticatedError("the delegation is not valid", fix="Ask again.") from error

    def recall(self, token: str) -> None:  # noqa: ARG002 - a delegation is short and seen a few times: none is kept
        return None

    def _read(self, claims: Mapping[str, object]) -> Claims:
        now = self._clock()
        expires, issued = claims.get("exp"), claims.get("iat")
        if type(expires) is not int or type(issued) is not int or claims.keys() != _CLAIMS:
            raise jwt.InvalidTokenError
        if not issued - LEEWAY_S <= now < expires or expires - issued > LIFETIME_S:
            raise jwt.InvalidTokenError
        if claims["iss"] != self._issuer or claims["aud"] != self._audience:  # one audience: never a list
            raise jwt.InvalidTokenError
        scopes = claims["scopes"]
        act = claims["act"]
        return Claims(
            subject=_word(claims["sub"]),
            groups=_words(claims["groups"]),
            scopes=None if scopes is None else _words(scopes) & SCOPES.keys(),
            actor=_word(act.get("sub") if isinstance(act, dict) and len(act) == 1 else None),
            expires_at=float(expires),
        )

    def _public_key(self) -> EllipticCurvePublicKey:
        with self._lock:
            if self._key is None:
                if self._clock() - self._tried_at < RETRY_AFTER_S:
                    raise UnavailableError("the key of delegations cannot be read for now", fix="Try again soon.")
                self._tried_at = self._clock()
                self._key = _load(self._signer.public_key())
            return self._key


def _load(pem: bytes) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - only where delegations are taken
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - the same

    key = load_pem_public_key(pem)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UnavailableError("the key of delegations is not one of P-256", fix="Deploy the stack again.")
    return key


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _word(value: object) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise jwt.InvalidTokenError
    return value


def _words(value: object) -> frozenset[str]:
    """Names of a list; a name in a list is one name, whatever it holds."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise jwt.InvalidTokenError
    return frozenset(value)
