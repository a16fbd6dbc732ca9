"""A private key's file: durable with its name, for its owner, and said plainly when it is of no use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from agents.adapters.local_issuer import LocalIssuer
from agents.adapters.local_signer import LocalSigner
from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

    Use = Callable[[Path], object]


def issue(path: Path) -> object:
    return LocalIssuer(path, clock=lambda: 0).token("wanda", [])


def sign(path: Path) -> object:
    return LocalSigner(path).sign(b"x")


both = pytest.mark.parametrize("use", [issue, sign])


@both
def test_a_new_key_and_its_name_are_on_disk(use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash after what it signed left must not take the key."""
    synced: list[Path] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    use(tmp_path / "keys" / "a.pem")
    assert len(synced) == 2
    assert synced[0].parent == synced[1] == tmp_path / "keys"


@both
def test_a_key_with_a_password_is_none_that_can_be_used(use: Use, tmp_path: Path) -> None:
    """It is named, with what to do, and no traceback."""
    path = tmp_path / "a.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    path.chmod(0o600)
    with pytest.raises(SetupError, match="holds no"):
        use(path)


@both
def test_a_place_that_takes_no_file_is_a_matter_of_setup(use: Use, tmp_path: Path) -> None:
    """With the path and the reason."""
    (tmp_path / "keys").touch()
    with pytest.raises(SetupError, match="keys"):
        use(tmp_path / "keys" / "a.pem")
