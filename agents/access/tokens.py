"""Verifies access tokens of Cognito and of the local issuer, which makes tokens of the same shape."""

from __future__ import annotations

import contextlib
import re
import threading
from typing import TYPE_CHECKING, Final

import jwt

from agents.access.principal import Claims
from agents.errors import UnauthenticatedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.access.ports import KeySource

ALGORITHM: Final = "RS256"
LEEWAY_S: Final = 30
REFETCH_AFTER_S: Final = 60  # a flood of unknown key ids costs the issuer one request a minute
KEEP_S: Final = 3600  # then keys are read again, so that a withdrawn one ends
RETRY_AFTER_S: Final = 5  # the same while the issuer is away
MAX_TOKEN_CHARS: Final = 8192

_SUBJECT = re.compile(r"[A-Za-z0-9._@+-]{1,128}")
_FIX: Final = "Sign in again; on a laptop, `qm token --as PERSONA` prints a new token."


class Verifier:
    """Accepts RS256 access tokens of one issuer, made for one client.

    `clock` gives epoch seconds. Raises UnauthenticatedError, which names no detail that helps a forger, and
    UnavailableError when the issuer's keys cannot be read.
    """

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, clock: Callable[[], float]) -> None:
        self._source = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._wait_s: float = REFETCH_AFTER_S
        self._lock = threading.Lock()

    def verify(self, token: str) -> Claims:
        """The claims of a token that is genuine, current and for us."""
        if not token or len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise UnauthenticatedError("the request carries no usable token", fix=_FIX)
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            # Times are checked below against the clock that was passed in.
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.PyJWTError as error:
            raise UnauthenticatedError("the token is not valid", fix=_FIX) from error
        return self._read(claims)

    def _read(self, claims: Mapping[str, object]) -> Claims:
        now = self._clock()
        expires, issued, subject = claims.get("exp"), claims.get("iat"), claims.get("username")
        if not isinstance(expires, int | float) or expires + LEEWAY_S <= now:
            raise UnauthenticatedError("the token has expired", fix=_FIX)
        starts = claims.get("nbf", issued)  # Cognito's tokens have none
        if not all(isinstance(time, int | float) and time - LEEWAY_S <= now for time in (issued, starts)):
            raise UnauthenticatedError("the token is not valid yet", fix="Set this machine's clock.")
        # Access tokens of Cognito name their client in `client_id`; ID tokens, which are for the client, in `aud`.
        if claims.get("token_use") != "access" or claims.get("client_id") != self._audience:
            raise UnauthenticatedError("the token was made for something else", fix=_FIX)
        if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
            raise UnauthenticatedError("the token names no user", fix=_FIX)
        return Claims(subject=subject, groups=parse_groups(claims.get("cognito:groups")), expires_at=float(expires))

    def _key(self, header: Mapping[str, object]) -> jwt.PyJWK:
        kid = header.get("kid")
        if header.get("alg") != ALGORITHM or not isinstance(kid, str):
            raise jwt.InvalidTokenError
        with self._lock:
            age_s = self._clock() - self._fetched_at
            if age_s >= (KEEP_S if kid in self._keys else self._wait_s):
                self._fetch(needed=kid not in self._keys)
            key = self._keys.get(kid)
            if key is None and self._wait_s == RETRY_AFTER_S:
                raise UnavailableError("the issuer's keys cannot be read for now", fix="Try again in a moment.")
        if key is None:
            raise jwt.InvalidTokenError
        return key

    def _fetch(self, *, needed: bool) -> None:
        """Reads the keys; a failure keeps those we have, and is not tried again at once either."""
        self._fetched_at, self._wait_s = self._clock(), RETRY_AFTER_S
        try:
            fetched = self._source.fetch()
        except UnavailableError:
            if needed:
                raise
            return
        keys = {}
        for found in fetched:
            if _may_verify(found):
                with contextlib.suppress(jwt.PyJWTError):  # one broken key must not hide the others
                    keys[found["kid"]] = jwt.PyJWK(dict(found))
        self._keys, self._wait_s = keys, REFETCH_AFTER_S


def _may_verify(key: Mapping[str, object]) -> bool:
    """PyJWT takes keys of any use, so an encryption key would do: look before."""
    operations = key.get("key_ops")
    return (
        key.get("kty") == "RSA"
        and isinstance(key.get("kid"), str)
        and key.get("alg", ALGORITHM) == ALGORITHM
        and key.get("use", "sig") == "sig"
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
    )


def parse_groups(claim: object) -> frozenset[str]:
    """Groups from a list, or from the text `[a b]` that API Gateway makes of one; anything else gives none."""
    if isinstance(claim, str):
        inner = claim[1:-1] if claim.startswith("[") and claim.endswith("]") else claim
        return frozenset(part for part in re.split(r"[ ,]+", inner) if part)
    if isinstance(claim, list):
        return frozenset(group for group in claim if isinstance(group, str))
    return frozenset()
