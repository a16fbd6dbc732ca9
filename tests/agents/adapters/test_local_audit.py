"""The laptop's signing key and anchors: for their owner only, whole or not there."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from agents.adapters.local_anchors import LocalAnchors
from agents.adapters.local_signer import LocalSigner
from agents.errors import SetupError, UnavailableError

ROOT = Path(__file__).parents[3]
START = textwrap.dedent("""
    import sys
    from pathlib import Path
    from agents.adapters.local_signer import LocalSigner

    print("ready", flush=True)
    sys.stdin.readline()
    print(LocalSigner(Path(sys.argv[1])).key_id)
""")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "audit.pem"


def test_a_signature_is_64_bytes_that_the_public_key_verifies(path: Path) -> None:
    """In the form of JOSE: r and s, without DER; short ones are filled up."""
    signer = LocalSigner(path)
    public = load_pem_public_key(signer.public_key())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    for number in range(300):
        data = str(number).encode()
        raw = signer.sign(data)
        assert len(raw) == 64
        public.verify(
            encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])), data, ec.ECDSA(SHA256())
        )


def test_the_key_is_made_at_its_first_use_and_kept(path: Path) -> None:
    """Whoever does not sign makes none; it outlives a restart, and its id follows from it."""
    signer = LocalSigner(path)
    assert not path.exists()
    assert signer.key_id == LocalSigner(path).key_id
    assert signer.key_id.startswith("local:")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(path: Path) -> None:
    """They may have signed with it."""
    LocalSigner(path).public_key()
    path.chmod(0o644)
    with pytest.raises(SetupError, match="can be read by others"):
        LocalSigner(path).sign(b"x")


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_named(path: Path, content: bytes) -> None:
    """It is not replaced in silence: what it signed would no longer verify."""
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SetupError, match="holds no signing key"):
        LocalSigner(path).sign(b"x")


def test_processes_that_start_at_once_agree_on_one_key(path: Path) -> None:
    """Whoever makes the key first, everybody uses it, and no part is left behind."""
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(3)
    ]
    assert [start.stdout.readline() for start in starts] == ["ready\n"] * 3
    for start in starts:
        start.stdin.write("go\n")
        start.stdin.flush()
    assert len({start.communicate(timeout=30)[0] for start in starts}) == 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_nothing_heavy_is_imported_before_it_signs() -> None:
    """`qm --help` and most commands never sign."""
    code = "import sys, agents.adapters.local_signer, agents.access.audit_verify; print('cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "False\n"


def test_an_anchor_is_for_reading_only(tmp_path: Path) -> None:
    """A file each, whole under its name, that not even its owner writes by mistake; other files are no anchors."""
    anchors = LocalAnchors(tmp_path / "anchors")
    anchors.put(1, b"one")
    (file,) = (tmp_path / "anchors").iterdir()
    assert file.stat().st_mode & 0o777 == 0o400
    assert (tmp_path / "anchors").stat().st_mode & 0o077 == 0
    for name in ("notes.txt", "x.json", ".anchor-left"):
        (tmp_path / "anchors" / name).touch()
    assert (anchors.last(), anchors.numbers(after=0, limit=9)) == (1, (1,))


def test_a_folder_that_is_none_is_unavailable(tmp_path: Path) -> None:
    """With its path, and what to do."""
    (tmp_path / "anchors").touch()
    anchors = LocalAnchors(tmp_path / "anchors")
    for call in (anchors.last, lambda: anchors.put(1, b""), lambda: anchors.read(1)):
        with pytest.raises(UnavailableError, match="anchors"):
            call()
