"""The laptop's token issuer: tokens of the shape that Cognito's access tokens have, signed by a key made here."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        if not path.exists():
            _make_key(path)
        if path.stat().st_mode & 0o077:
            raise SetupError(f"{path} can be read by others", fix=f"Run chmod 600 {path}, or delete it for a new key.")

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
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - see above

        try:
            key = load_pem_private_key(self._path.read_bytes(), password=None)
        except (OSError, ValueError):
            key = None
        if not isinstance(key, RSAPrivateKey):
            raise SetupError(f"{self._path} holds no key", fix="Delete it; a new one is made at the next start.")
        return key


def _make_key(path: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - needed once in a machine's life
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - the same

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(prefix=".issuer-", dir=path.parent)  # which makes it 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        with contextlib.suppress(FileExistsError):  # another process was first; then its key is the one
            os.link(part, path)
    finally:
        Path(part).unlink()
