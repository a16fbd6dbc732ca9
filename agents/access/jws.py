"""Reads a signed token strictly: what two readers could take for two things is taken for nothing.

One text is one token: base64url without padding, spaces or spare bits, JSON objects that name each member once and
hold finite numbers. Only `alg` and `kid` of a header are looked at; keys and addresses of keys in it are not.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final

import jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

MAX_TOKEN_CHARS: Final = 8192
_FORM: Final = re.compile(r"(?:[A-Za-z0-9_-]+\.){2}[A-Za-z0-9_-]+")


def well_formed(token: str) -> bool:
    """Whether a text may be a token at all, which is cheap to tell."""
    return len(token) <= MAX_TOKEN_CHARS and _FORM.fullmatch(token) is not None


def header(token: str) -> Mapping[str, object]:
    """The header of a well-formed token, proven by nothing yet; raises jwt.InvalidTokenError."""
    found = _object(_decoded(token.partition(".")[0]))
    if "crit" in found or "b64" in found:  # extensions that must be understood, and none is
        raise jwt.InvalidTokenError
    return found


def claims(token: str, key: jwt.PyJWK | EllipticCurvePublicKey, *, algorithm: str) -> Mapping[str, object]:
    """The payload of a well-formed token that `key` signed; raises jwt.InvalidTokenError."""
    _decoded(token.rpartition(".")[2])  # a signature has one spelling
    return _object(jwt.PyJWS().decode(token, key, algorithms=[algorithm]))


def _decoded(part: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as error:
        raise jwt.InvalidTokenError from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise jwt.InvalidTokenError
    return raw


def _object(text: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise jwt.InvalidTokenError from error
    if not isinstance(found, dict):
        raise jwt.InvalidTokenError
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> object:
    """NaN and Infinity are no JSON, and would be no time either."""
    raise ValueError
