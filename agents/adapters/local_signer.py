"""A signing key in a file of this machine: ECDSA over P-256, made at its first use."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError

if TYPE_CHECKING:
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
                if not self._path.exists():
                    _make_key(self._path)
                self._loaded = _load_key(self._path)
            return self._loaded


def _load_key(path: Path) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - see above

    if path.stat().st_mode & 0o077:
        raise SetupError(
            f"{path} can be read by others",
            fix=f"Run chmod 600 {path}; if others may have read it, move it away for a new key.",
        )
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):  # TypeError: it wants a password
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SetupError(f"{path} holds no signing key", fix="Move it away; a new one is made at the next start.")
    return key


def _make_key(path: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - needed once in a machine's life
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - the same

    text = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # which makes it 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)  # what it signs outlives a crash, so the key must
        with contextlib.suppress(FileExistsError):  # another process was first; then its key is the one
            os.link(part, path)
    finally:
        Path(part).unlink()
