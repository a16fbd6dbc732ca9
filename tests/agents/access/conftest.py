"""What access is tested against: a key pair and its tokens, and a database that holds only what a persona may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.agents.access.oracle import SHIPPED, permitted_database
from tests.agents.access.token_world import CLIENT, ISSUER, NOW, Clock, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb


@pytest.fixture(scope="session")
def permitted(sample: Path) -> Iterator[dict[str, duckdb.DuckDBPyConnection]]:
    """By persona, a database with the rows that its person may see, and with nothing else to find."""
    databases = {persona: permitted_database(sample, persona) for persona in SHIPPED}
    yield databases
    for database in databases.values():
        database.close()


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def public_jwk(private_key: rsa.RSAPrivateKey) -> dict[str, object]:
    """The public key as an issuer shows it, with the kid `one`."""
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
    return {name: jwk[name] for name in ("kty", "n", "e")} | {"kid": "one", "use": "sig", "alg": "RS256"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(public_jwk: dict[str, object]) -> Issuer:
    return Issuer(public_jwk)


@pytest.fixture(scope="session")
def make_token(private_key: rsa.RSAPrivateKey) -> Callable[..., str]:
    """A token that is right in everything but the claims that a test names; a claim of None is left out."""

    def make(*, kid: str = "one", **changed: object) -> str:
        claims = {
            "iss": ISSUER,
            "client_id": CLIENT,
            "token_use": "access",
            "sub": "0b1c",
            "username": "wanda",
            "cognito:groups": ["warehouse_manager"],
            "iat": NOW - 60,
            "exp": NOW + 3600,
        } | changed
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, private_key, algorithm="RS256", headers={"kid": kid})

    return make
