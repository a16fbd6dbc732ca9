"""Verifies access tokens of Cognito and of the local issuer, which makes tokens of the same shape."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeGuard

import jwt

from agents.access import jws
from agents.access.api_keys import SUBJECT_PREFIX
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
MAX_VERDICTS: Final = 2_000
_LEAST_KEY_BITS: Final = 2048
_END_OF_TIME: Final = 1e12  # epoch seconds beyond it are a mistake, and a number of 400 digits is no float

_SUBJECT = re.compile(r"[A-Za-z0-9._@+-]{1,128}")
_FIX: Final = "Sign in again; on a laptop, `qm token --as PERSONA` prints a new token."


@dataclass(frozen=True)
class _Verdict:
    """A token that was found good, and the key that proved it."""

    claims: Claims
    kid: str
    key: jwt.PyJWK


class Verifier:
    """`Credentials` of people: RS256 access tokens of one issuer, made for one client.

    A token that was found good is remembered by its SHA-256, so that the next request costs no signature. That ends
    at the token's `exp`, without leeway, and when the issuer shows its key no longer, or another of that name.

    `clock` gives epoch seconds. Raises UnauthenticatedError, which names no detail that helps a forger, and
    UnavailableError when the issuer's keys cannot be read.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audience: str,
        clock: Callable[[], float],
        max_verdicts: int = MAX_VERDICTS,
    ) -> None:
        self._source = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._max_verdicts = max_verdicts
        self._verdicts: OrderedDict[bytes, _Verdict] = OrderedDict()  # by SHA-256 of the token, newest last
        self._keys: dict[str, jwt.PyJWK] = {}
        self._shown: dict[str, Mapping[str, object]] = {}  # the same as the issuer shows them
        self._fetched_at = float("-inf")
        self._wait_s: float = REFETCH_AFTER_S
        self._lock = threading.Lock()  # of the keys; held while they are read from the issuer
        self._verdicts_lock = threading.Lock()

    def verify(self, token: str) -> Claims:
        """The claims of a token that is genuine, current and for us."""
        if not jws.well_formed(token):
            raise UnauthenticatedError("the request carries no usable token", fix=_FIX)
        if (remembered := self.recall(token)) is not None:
            return remembered
        try:
            kid = _kid(jws.header(token))
            key = self._key(kid)
            claims = self._read(jws.claims(token, key, algorithm=ALGORITHM))
        except jwt.PyJWTError as error:
            raise UnauthenticatedError("the token is not valid", fix=_FIX) from error
        with self._verdicts_lock:
            self._verdicts[_digest(token)] = _Verdict(claims, kid, key)
            if len(self._verdicts) > self._max_verdicts:
                self._verdicts.popitem(last=False)
        return claims

    def recall(self, token: str) -> Claims | None:
        """The verdict on a token that was found good and still is; asks nobody, computes no signature."""
        if len(token) > jws.MAX_TOKEN_CHARS or not token.isascii():
            return None
        digest = _digest(token)
        with self._verdicts_lock:
            verdict = self._verdicts.get(digest)
            if verdict is None:
                return None
            now = self._clock()
            if verdict.claims.expires_at <= now or self._keys.get(verdict.kid) is not verdict.key:
                del self._verdicts[digest]
                return None
            if now - self._fetched_at >= KEEP_S:  # the keys are due: verifying reads them again
                return None
            self._verdicts.move_to_end(digest)
            return verdict.claims

    def _read(self, claims: Mapping[str, object]) -> Claims:
        now = self._clock()
        expires, issued, subject = claims.get("exp"), claims.get("iat"), claims.get("username")
        if not _is_time(expires) or expires + LEEWAY_S <= now:
            raise UnauthenticatedError("the token has expired", fix=_FIX)
        starts = claims.get("nbf", issued)  # Cognito's tokens have none
        if not all(_is_time(time) and time - LEEWAY_S <= now for time in (issued, starts)):
            raise UnauthenticatedError("the token is not valid yet", fix="Set this machine's clock.")
        # Access tokens of Cognito name their client in `client_id`; ID tokens, which are for the client, in `aud`.
        named = (claims.get("iss"), claims.get("token_use"), claims.get("client_id"))
        if named != (self._issuer, "access", self._audience):
            raise UnauthenticatedError("the token was made for something else", fix=_FIX)
        # What begins like a machine's subject is a machine's key's to prove, whatever the user pool calls its people.
        if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject) or subject.startswith(SUBJECT_PREFIX):
            raise UnauthenticatedError("the token names no user", fix=_FIX)
        return Claims(subject=subject, groups=parse_groups(claims.get("cognito:groups")), expires_at=float(expires))

    def _key(self, kid: str) -> jwt.PyJWK:
        known = self._keys.get(kid)
        if known is not None and self._clock() - self._fetched_at < KEEP_S:
            return known  # without waiting for somebody who looks for another
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
        keys: dict[str, jwt.PyJWK] = {}
        shown: dict[str, Mapping[str, object]] = {}
        for found in fetched:
            if not _may_verify(found):
                continue
            kid = found["kid"]
            with contextlib.suppress(jwt.PyJWTError):  # one broken key must not hide the others
                # The same key stays the same object, and what it proved stays proven.
                keys[kid] = self._keys[kid] if self._shown.get(kid) == found else jwt.PyJWK(dict(found))
                shown[kid] = dict(found)
        self._keys = {kid: key for kid, key in keys.items() if key.key.key_size >= _LEAST_KEY_BITS}
        self._shown = {kid: shown[kid] for kid in self._keys}
        self._wait_s = REFETCH_AFTER_S


def _kid(header: Mapping[str, object]) -> str:
    """The name of the key, after the algorithm was looked at; raises jwt.InvalidTokenError."""
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str):
        raise jwt.InvalidTokenError
    return kid


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _END_OF_TIME


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


_NAME: Final = re.compile(r"[^\s\[\],\"']+")


def parse_groups(claim: object) -> frozenset[str]:
    """Groups from a list, as they are; or from one text. Anything else gives none.

    Names in a list are taken literally: a group `a b` or `[operator]` is one group of that name, which nobody knows.
    A text is one name, or the `[a b]` that API Gateway makes of a list: names with one space between. No name of a
    user pool's group holds a space, so such a text can be read in one way only, unless a name holds a bracket, a
    comma or a quote: then the text gives nothing at all, as a group `[operator]` or `x,operator` must not become
    `operator` on the way.
    """
    if isinstance(claim, list):
        return frozenset(group for group in claim if isinstance(group, str))
    if not isinstance(claim, str):
        return frozenset()
    names = claim[1:-1].split(" ") if claim.startswith("[") and claim.endswith("]") else [claim]
    return frozenset(names) if all(_NAME.fullmatch(name) for name in names) else frozenset()
