"""The laptop's token issuer: tokens of the shape that Cognito's access tokens have, signed by a key made here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from agents.adapters.key_file import load_key, need_key
from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


ISSUER: Final = "urn:quartermaster:local-issuer"
AUDIENCE: Final = "quartermaster-local"
LIFETIME_S: Final = 8 * 3600  # a working day
_KID: Final = "local"


class LocalIssuer:
    """Issues tokens, and is the `KeySource` that verifies them. `clock` gives epoch seconds.

    The private key lies in `path`, readable by its owner only, and is made when it is not there.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        need_key(path, _new_key)

    def token(self, subject: str, groups: Sequence[str], *, lifetime_s: float = LIFETIME_S) -> str:
        """An access token for a person of these groups."""
        import jwt  # noqa: PLC0415 - 0.1 s that `qm ask` can do without

        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "client_id": AUDIENCE,
            "token_use": "access",
            "sub": subject,
            "username": subject,
            "cognito:groups": list(groups),
            "iat": now,
            "exp": now + int(lifetime_s),
        }
        return jwt.encode(claims, self._key(), algorithm="RS256", headers={"kid": _KID})

    def fetch(self) -> Sequence[Mapping[str, str]]:
        import jwt  # noqa: PLC0415 - see above

        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key().public_key()))
        return [{**{name: public[name] for name in ("kty", "n", "e")}, "kid": _KID, "use": "sig", "alg": "RS256"}]

    def _key(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - see above

        key = load_key(self._path)
        if not isinstance(key, RSAPrivateKey):
            raise SetupError(f"{self._path} holds no key", fix="Delete it; a new one is made at the next start.")
        return key


def _new_key() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - needed once in a machine's life

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
