# ruff: noqa: E501 - a vector is a line, so that the table can be read as one
"""Forged, bent and misdirected tokens, each with the reason why it must open nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agents.access.delegation import DelegationVerifier
from agents.access.tokens import LEEWAY_S, Verifier
from agents.errors import UnauthenticatedError

if TYPE_CHECKING:
    from collections.abc import Callable

    Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | bytes

ISSUER, CLIENT, NOW = "urn:test:issuer", "a-client", 1_800_000_000
DELEGATES, DATA = "urn:quartermaster:delegation:test", "urn:quartermaster:data:test"
PERSON = {
    "iss": ISSUER,
    "client_id": CLIENT,
    "token_use": "access",
    "username": "wanda",
    "cognito:groups": ["warehouse_manager"],
    "iat": NOW - 60,
    "exp": NOW + 3600,
}
DELEGATED = {
    "iss": DELEGATES,
    "aud": DATA,
    "sub": "machine-report",
    "groups": ["warehouse_manager"],
    "scopes": ["ask"],
    "act": {"sub": "api"},
    "iat": NOW - 10,
    "exp": NOW + 290,
    "jti": "1",
}
DELEGATION_HEADER = {"alg": "ES256", "typ": "delegation+jwt", "kid": "delegation-key"}


def b64(raw: bytes | str) -> str:
    return base64.urlsafe_b64encode(raw.encode() if isinstance(raw, str) else raw).rstrip(b"=").decode()


def text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def sign(key: Key, data: bytes) -> bytes:
    if isinstance(key, bytes):
        return hmac.new(key, data, hashlib.sha256).digest()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def made(header: object, claims: object, key: Key) -> str:
    """A token of any header and claims, given as values or as JSON text, with a signature that fits."""
    signed = f"{b64(text(header))}.{b64(text(claims))}"
    return f"{signed}.{b64(sign(key, signed.encode()))}"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, form: PublicFormat) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, form)


@dataclass(frozen=True)
class Keys:
    """The issuer's key, our signer's, one of somebody else of either kind."""

    issuer: rsa.RSAPrivateKey
    signer: ec.EllipticCurvePrivateKey
    stranger: rsa.RSAPrivateKey
    strange_curve: ec.EllipticCurvePrivateKey
    jwk: dict[str, str]

    @property
    def key_id(self) -> str:
        return "delegation-key"

    def sign(self, data: bytes) -> bytes:
        return sign(self.signer, data)

    def public_key(self) -> bytes:
        return pem(self.signer, PublicFormat.SubjectPublicKeyInfo)

    def fetch(self) -> list[dict[str, str]]:
        return [self.jwk]

    def person(self, header: object = None, claims: object = None, key: Key | None = None, **changed: object) -> str:
        """A person's token, right in all that is not said otherwise."""
        return made(header or {"alg": "RS256", "kid": "one"}, claims or PERSON | changed, key or self.issuer)

    def delegated(self, header: object = None, claims: object = None, key: Key | None = None, **changed: object) -> str:
        return made(header or DELEGATION_HEADER, claims or DELEGATED | changed, key or self.signer)


@pytest.fixture(scope="module")
def keys(private_key: rsa.RSAPrivateKey, public_jwk: dict[str, str]) -> Keys:
    return Keys(
        issuer=private_key,
        signer=ec.generate_private_key(ec.SECP256R1()),
        stranger=rsa.generate_private_key(public_exponent=65537, key_size=2048),
        strange_curve=ec.generate_private_key(ec.SECP256R1()),
        jwk=public_jwk,
    )


@pytest.fixture
def people(keys: Keys) -> Verifier:
    return Verifier(keys, issuer=ISSUER, audience=CLIENT, clock=lambda: NOW)


@pytest.fixture
def delegated(keys: Keys) -> DelegationVerifier:
    return DelegationVerifier(keys, issuer=DELEGATES, audience=DATA, clock=lambda: NOW)


def _header(**added: object) -> dict[str, object]:
    return {"alg": "RS256", "kid": "one", **added}


def _cut(token: str, at: int) -> str:
    return token[:at]


def _spare_bits(token: str) -> str:
    """The same bytes of a signature in another spelling: the last letter's bits that nobody reads."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) | 1]


def _public_jwk(key: rsa.RSAPrivateKey) -> dict[str, object]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": "one", "e": "AQAB", "n": b64(numbers.n.to_bytes(256, "big"))}


def _der_signed(keys: Keys) -> str:
    signed = keys.delegated().rpartition(".")[0]
    return f"{signed}.{b64(keys.signer.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))}"


SPKI, PKCS1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1
Vector = tuple[str, str, "Callable[[Keys], str]"]

# What it is, why it must not be taken, how it is made.
PEOPLE_VECTORS: Final[tuple[Vector, ...]] = (
    # Signatures
    ("no signature", "nobody vouches for it", lambda k: k.person().rpartition(".")[0] + "."),
    ("signature missing whole", "a token has three parts", lambda k: k.person().rpartition(".")[0]),
    ("signature of zeros", "it fits no key", lambda k: k.person().rpartition(".")[0] + "." + b64(bytes(256))),
    ("signature cut in half", "half of a signature proves nothing", lambda k: _cut(k.person(), -170)),
    ("signature one byte short", "the same", lambda k: _cut(k.person(), -2)),
    ("another key of our kid", "the kid is a hint, not a proof", lambda k: k.person(key=k.stranger)),
    (
        "signature of another token",
        "it covers other claims",
        lambda k: k.person(username="petra").rpartition(".")[0] + "." + k.person().rpartition(".")[2],
    ),
    ("padding behind it", "one token has one spelling", lambda k: k.person() + "=="),
    ("a letter outside of base64", "lenient readers skip it", lambda k: k.person()[:-5] + "!" + k.person()[-5:]),
    ("spare bits set", "two spellings of one signature", lambda k: _spare_bits(k.person())),
    ("line break inside", "lenient readers skip it", lambda k: k.person()[:-5] + "\n" + k.person()[-5:]),
    ("a fourth part", "what is behind it was not signed", lambda k: k.person() + ".e30"),
    ("five parts", "an encrypted token is not ours", lambda k: ".".join(["e30"] * 5)),
    # Algorithms
    ("alg none", "nobody vouches for it", lambda k: made({"alg": "none", "kid": "one"}, PERSON, b"")),
    ("alg None", "spelling does not help", lambda k: made({"alg": "None", "kid": "one"}, PERSON, b"")),
    ("alg left out", "the token does not get to leave it open", lambda k: k.person({"kid": "one"})),
    ("alg a list", "it is a name", lambda k: k.person({"alg": ["RS256"], "kid": "one"})),
    ("alg rs256", "names are compared as they are", lambda k: k.person({"alg": "rs256", "kid": "one"})),
    ("HS256 with the public key", "a public key is no secret", lambda k: k.person({"alg": "HS256", "kid": "one"}, key=pem(k.issuer, SPKI))),
    ("HS256 with the key in PKCS1", "the same in another form", lambda k: k.person({"alg": "HS256", "kid": "one"}, key=pem(k.issuer, PKCS1))),
    ("HS256 with the modulus", "the same", lambda k: k.person({"alg": "HS256", "kid": "one"}, key=k.jwk["n"].encode())),
    ("HS256 with nothing", "an empty secret is known to all", lambda k: k.person({"alg": "HS256", "kid": "one"}, key=b"")),
    ("RS256 that is HMAC", "the name of an algorithm is not the algorithm", lambda k: k.person(key=pem(k.issuer, SPKI))),
    ("ES256 of our signer", "delegations open nothing here", lambda k: k.person({"alg": "ES256", "kid": "one"}, key=k.signer)),
    ("a delegation", "its audience is the data plane", lambda k: k.delegated()),
    ("RS512 of the right key", "another algorithm is another", lambda k: k.person({"alg": "RS512", "kid": "one"})),
    # Headers
    ("embedded jwk", "a token does not bring its own key", lambda k: k.person(_header(jwk=_public_jwk(k.stranger)), key=k.stranger)),
    ("jku", "nor the address of one", lambda k: k.person(_header(jku="http://127.0.0.1:9/keys"), key=k.stranger)),
    ("x5u", "the same", lambda k: k.person(_header(x5u="http://127.0.0.1:9/x"), key=k.stranger)),
    ("x5c", "nor a certificate", lambda k: k.person(_header(x5c=["MIIB"]), key=k.stranger)),
    ("crit", "what must be understood is not", lambda k: k.person(_header(crit=["exp"]))),
    ("crit of b64", "the same, and we would read other bytes", lambda k: k.person(_header(crit=["b64"], b64=False))),
    ("b64 alone", "the same", lambda k: k.person(_header(b64=False))),
    ("kid is a path", "a kid names a key, it is no file", lambda k: k.person({"alg": "RS256", "kid": "../../dev/null"}, key=b"")),
    ("kid is SQL", "nor a query", lambda k: k.person({"alg": "RS256", "kid": "x' UNION SELECT 'k"}, key=k.stranger)),
    ("kid is a list", "nor anything but text", lambda k: k.person({"alg": "RS256", "kid": ["one"]})),
    ("kid left out", "we do not try all keys", lambda k: k.person({"alg": "RS256"})),
    ("alg twice, none last", "two readers would see two tokens", lambda k: k.person('{"alg":"RS256","alg":"none","kid":"one"}')),
    ("alg twice, none first", "the same", lambda k: k.person('{"alg":"none","alg":"RS256","kid":"one"}')),
    ("kid twice", "the same", lambda k: k.person('{"alg":"RS256","kid":"two","kid":"one"}')),
    ("a header that is a list", "a header is an object", lambda k: k.person('["RS256","one"]')),
    ("a header that is no JSON", "the same", lambda k: k.person("RS256")),
    # Claims
    ("username twice", "two readers would see two people", lambda k: k.person(claims=text(PERSON)[:-1] + ', "username": "petra"}')),
    ("groups twice", "the same", lambda k: k.person(claims=text(PERSON)[:-1] + ', "cognito:groups": ["access-admin"]}')),
    ("claims that are a list", "claims are an object", lambda k: k.person(claims=text([PERSON]))),
    ("exp is Infinity", "no token is for ever", lambda k: k.person(claims=text(PERSON | {"exp": float("inf")}))),
    ("exp is 1e999", "the same in another spelling", lambda k: k.person(claims=text(PERSON).replace(str(NOW + 3600), "1e999"))),
    ("exp is NaN", "what compares with nothing ends never", lambda k: k.person(claims=text(PERSON | {"exp": float("nan")}))),
    ("exp of 400 digits", "it must not end the process", lambda k: k.person(exp=10**400)),
    ("exp of 5,000 digits", "the same", lambda k: k.person(claims=text(PERSON).replace(str(NOW + 3600), "9" * 5_000))),
    ("iat below all time", "the same", lambda k: k.person(iat=-(10**400))),
    ("exp is text", "a time is a number", lambda k: k.person(exp=str(NOW + 3600))),
    ("exp is true", "the same", lambda k: k.person(exp=True)),
    ("nested to exhaustion", "it must not end the process", lambda k: k.person(claims="[" * 2_500 + "]" * 2_500)),
    ("another issuer", "nobody else vouches for our people", lambda k: k.person(iss=ISSUER + "/")),
    ("issuer is a list", "issuers are compared, not searched", lambda k: k.person(iss=[ISSUER])),
    ("another client", "it was made for somebody else", lambda k: k.person(client_id="another")),
    ("client is a list", "clients are compared, not searched", lambda k: k.person(client_id=[CLIENT])),
    ("audience instead of client", "ID tokens name an audience", lambda k: k.person(client_id=None, aud=CLIENT)),
    ("an ID token", "it is for the client, not for us", lambda k: k.person(token_use="id")),
    ("a refresh token", "the same", lambda k: k.person(token_use="refresh")),
    ("expired", "time ends every token", lambda k: k.person(exp=NOW - LEEWAY_S)),
    ("from the future", "nobody could have made it yet", lambda k: k.person(iat=NOW + LEEWAY_S + 1)),
    ("starts later", "it said so itself", lambda k: k.person(nbf=NOW + LEEWAY_S + 1)),
    ("no subject", "nobody is not somebody", lambda k: k.person(username="")),
    ("a subject with a null", "names are letters", lambda k: k.person(username="wanda\0")),
    ("a look-alike subject", "the a is Cyrillic", lambda k: k.person(username="w\u0430nda")),
    ("a person called like a machine", "keys prove machines, user pools prove people", lambda k: k.person(username="machine-report")),
    # Sizes and letters
    ("huge", "what is longer than any of ours is not read", lambda k: k.person(padding="x" * 9_000)),
    ("not ASCII", "base64 is", lambda k: k.person().replace("e", "\u0435", 1)),
    ("half a surrogate", "the same", lambda k: "\ud800" + k.person()),
    ("white space around", "the header was split already", lambda k: f" {k.person()} "),
    ("empty", "nothing is nothing", lambda k: ""),
    ("dots", "three empty parts", lambda k: ".."),
)  # fmt: skip

DELEGATION_VECTORS: Final[tuple[Vector, ...]] = (
    ("a person's token", "people sign in to the API", lambda k: k.person()),
    ("HS256 with the PEM", "a public key is no secret", lambda k: k.delegated(DELEGATION_HEADER | {"alg": "HS256"}, key=k.public_key())),
    ("ES256 that is HMAC", "the name of an algorithm is not the algorithm", lambda k: k.delegated(key=k.public_key())),
    ("alg none", "nobody vouches for it", lambda k: k.delegated(DELEGATION_HEADER | {"alg": "none"}, key=b"")),
    ("RS256 of the issuer", "the user pool delegates nothing", lambda k: k.delegated(DELEGATION_HEADER | {"alg": "RS256"}, key=k.issuer)),
    ("ES256 that is RSA", "the same under our name", lambda k: k.delegated(key=k.issuer)),
    ("ES384", "another algorithm is another", lambda k: k.delegated(DELEGATION_HEADER | {"alg": "ES384"})),
    ("another key", "the kid is a hint, not a proof", lambda k: k.delegated(key=k.strange_curve)),
    ("another kid", "our key is named", lambda k: k.delegated(DELEGATION_HEADER | {"kid": "x"})),
    ("another type", "what else the key signs is no delegation", lambda k: k.delegated(DELEGATION_HEADER | {"typ": "JWT"})),
    ("no type", "the same", lambda k: k.delegated({"alg": "ES256", "kid": "delegation-key"})),
    ("embedded jwk", "a token does not bring its own key", lambda k: k.delegated(DELEGATION_HEADER | {"jwk": _public_jwk(k.stranger)}, key=k.strange_curve)),
    ("crit", "what must be understood is not", lambda k: k.delegated(DELEGATION_HEADER | {"crit": ["exp"]})),
    ("signature in DER", "signatures are r and s", _der_signed),
    ("r and s of zero", "they fit every key where nobody looks", lambda k: k.delegated().rpartition(".")[0] + "." + b64(bytes(64))),
    ("cut", "half of a signature proves nothing", lambda k: _cut(k.delegated(), -20)),
    ("changed groups", "the signature covers them", lambda k: ".".join([k.delegated().split(".")[0], b64(text(DELEGATED | {"groups": ["access-admin"]})), k.delegated().split(".")[2]])),
    ("another audience", "it was made for somebody else", lambda k: k.delegated(aud="urn:quartermaster:data:prod")),
    ("several audiences", "one audience, never a list", lambda k: k.delegated(aud=[DATA])),
    ("another issuer", "another environment", lambda k: k.delegated(iss="urn:quartermaster:delegation:prod")),
    ("expired", "five minutes are over", lambda k: k.delegated(iat=NOW - 330, exp=NOW - LEEWAY_S)),
    ("from the future", "nobody could have made it yet", lambda k: k.delegated(iat=NOW + LEEWAY_S + 1, exp=NOW + 300)),
    ("longer than five minutes", "we sign none such", lambda k: k.delegated(exp=NOW + 291)),
    ("exp of 400 digits", "it must not end the process", lambda k: k.delegated(exp=10**400)),
    ("iat and exp of 400 digits", "the same", lambda k: k.delegated(iat=10**400, exp=10**400 + 9)),
    ("iat and exp below all time", "the same", lambda k: k.delegated(iat=-(10**400), exp=9 - 10**400)),
    ("exp is a fraction", "we sign none such", lambda k: k.delegated(exp=NOW + 10.5)),
    ("exp is true", "a time is a number", lambda k: k.delegated(exp=True)),
    ("no actor", "who acts must be known", lambda k: k.delegated(act=None)),
    ("an actor for an actor", "nobody hands on what was handed on", lambda k: k.delegated(act={"sub": "api", "act": {"sub": "job"}})),
    ("groups as text", "a list is a list", lambda k: k.delegated(groups="[access-admin]")),
    ("scopes as text", "the same", lambda k: k.delegated(scopes="ask")),
    ("a claim too much", "we sign none such", lambda k: k.delegated(nbf=NOW)),
    ("a claim too few", "the same", lambda k: made(DELEGATION_HEADER, {n: v for n, v in DELEGATED.items() if n != "jti"}, k.signer)),
    ("sub twice", "two readers would see two people", lambda k: k.delegated(claims=text(DELEGATED)[:-1] + ', "sub": "wanda"}')),
    ("huge", "what is longer than any of ours is not read", lambda k: k.delegated(jti="x" * 9_000)),
    ("empty", "nothing is nothing", lambda k: ""),
)  # fmt: skip


def _named(vectors: tuple[Vector, ...]) -> list[object]:
    return [pytest.param(make, id=f"{name}: {why}") for name, why, make in vectors]


def test_the_makers_make_good_tokens(keys: Keys, people: Verifier, delegated: DelegationVerifier) -> None:
    """What the vectors are bent from is taken, so each is refused for its own reason."""
    assert people.verify(keys.person()).subject == "wanda"
    claims = delegated.verify(keys.delegated())
    assert (claims.subject, claims.scopes, claims.actor) == ("machine-report", {"ask"}, "api")


@pytest.mark.parametrize("make", _named(PEOPLE_VECTORS))
def test_no_vector_signs_a_person_in(keys: Keys, people: Verifier, make: Callable[[Keys], str]) -> None:
    """Nothing of the table is taken for a person's token, nor after the good token was remembered."""
    token = make(keys)
    for _ in range(2):
        assert people.recall(token) is None
        with pytest.raises(UnauthenticatedError):
            people.verify(token)
        people.verify(keys.person())


@pytest.mark.parametrize("make", _named(DELEGATION_VECTORS))
def test_no_vector_is_a_delegation(keys: Keys, delegated: DelegationVerifier, make: Callable[[Keys], str]) -> None:
    """Nothing of the table is taken for a delegation."""
    with pytest.raises(UnauthenticatedError):
        delegated.verify(make(keys))


def _bent(token: str, rounds: int, seed: int) -> list[str]:
    """Texts near a good token: letters changed, lost, doubled, parts swapped."""
    dice = random.Random(seed)
    letters = "ABCXYZabcxyz0189-_.=+/ "
    found = []
    for _ in range(rounds):
        at, other = dice.randrange(len(token)), dice.randrange(len(token))
        low, high = sorted((at, other))
        found.append(
            dice.choice(
                (
                    token[:at] + dice.choice(letters) + token[at + 1 :],
                    token[:at] + dice.choice(letters) + token[at:],
                    token[:at] + token[at + 1 :],
                    token[:low] + token[high:],
                    token[:high] + token[low:],
                    token[low:high],
                )
            )
        )
    return [text for text in found if text != token]


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_no_bent_token_is_taken(keys: Keys, people: Verifier, delegated: DelegationVerifier) -> None:
    """A change anywhere, by a letter or a stretch, ends the token; no text ends the verifier."""
    rounds = 100_000 if os.environ.get("QM_SOAK") == "full" else 1_000
    people.verify(keys.person())
    for text in _bent(keys.person(), rounds, seed=1):
        with pytest.raises(UnauthenticatedError):
            people.verify(text)
    for text in _bent(keys.delegated(), rounds, seed=2):
        with pytest.raises(UnauthenticatedError):
            delegated.verify(text)
