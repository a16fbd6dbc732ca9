"""A signing key in a file of this machine: ECDSA over P-256, made at its first use."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Final

from agents.adapters.key_file import load_key, need_key
from agents.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_HALF: Final = 32  # bytes of r, and of s


class LocalSigner:
    """The `Signer` whose private key lies in `path`, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loaded: EllipticCurvePrivateKey | None = None
        self._loading = threading.Lock()

    @property
    def key_id(self) -> str:
        return "local:" + hashlib.sha256(self.public_key()).hexdigest()[:16]

    def sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 - few commands sign
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # noqa: PLC0415 - the same
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - the same

        r, s = decode_dss_signature(self._key().sign(data, ECDSA(SHA256())))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    def public_key(self) -> bytes:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see above

        return (
            self._key()
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )

    def _key(self) -> EllipticCurvePrivateKey:
        with self._loading:
            if self._loaded is None:
                self._loaded = _load_key(self._path)
            return self._loaded


def _load_key(path: Path) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above

    need_key(path, lambda: ec.generate_private_key(ec.SECP256R1()))
    key = load_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SetupError(f"{path} holds no signing key", fix="Move it away; a new one is made at the next start.")
    return key
