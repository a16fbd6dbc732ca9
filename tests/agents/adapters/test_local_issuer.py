"""The laptop's issuer: its key stays private, and its tokens pass the one verifier."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agents.access.tokens import LEEWAY_S, Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LIFETIME_S, LocalIssuer
from agents.errors import SetupError, UnauthenticatedError

NOW = 1_800_000_000
ROOT = Path(__file__).parents[3]
START = textwrap.dedent(f"""
    import sys
    from pathlib import Path
    from agents.adapters.local_issuer import LocalIssuer

    print("ready", flush=True)
    sys.stdin.readline()
    print(LocalIssuer(Path(sys.argv[1]), clock=lambda: {NOW}).token("wanda", []))
""")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "issuer.pem"


def issuer(path: Path, now: float = NOW) -> LocalIssuer:
    return LocalIssuer(path, clock=lambda: now)


def verifier(keys: LocalIssuer, now: float = NOW) -> Verifier:
    return Verifier(keys, issuer=ISSUER, audience=AUDIENCE, clock=lambda: now)


def test_its_tokens_are_taken_for_a_working_day(path: Path) -> None:
    """A token proves subject and groups until it expires."""
    keys = issuer(path)
    token = keys.token("wanda", ["warehouse_manager"])
    claims = verifier(keys).verify(token)
    assert (claims.subject, claims.groups, claims.expires_at) == ("wanda", {"warehouse_manager"}, NOW + LIFETIME_S)
    with pytest.raises(UnauthenticatedError):
        verifier(keys, NOW + LIFETIME_S + LEEWAY_S).verify(token)


def test_the_key_is_for_its_owner_only(path: Path) -> None:
    """It is made unreadable for others, and refused when somebody opened it."""
    issuer(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(SetupError, match="can be read by others"):
        issuer(path)


def test_the_key_is_kept(path: Path) -> None:
    """A token outlives a restart."""
    token = issuer(path).token("wanda", [])
    assert verifier(issuer(path)).verify(token).subject == "wanda"


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
    tokens = [start.communicate(timeout=30)[0].strip() for start in starts]
    assert [verifier(issuer(path)).verify(token).subject for token in tokens] == ["wanda"] * 3
    assert [file.name for file in path.parent.iterdir()] == ["issuer.pem"]


def test_another_machines_token_is_refused(tmp_path: Path) -> None:
    """Each laptop has a key of its own."""
    ours, theirs = issuer(tmp_path / "a.pem"), issuer(tmp_path / "b.pem")
    with pytest.raises(UnauthenticatedError):
        verifier(ours).verify(theirs.token("wanda", ["warehouse_manager"]))


def test_only_the_public_half_is_shown(path: Path) -> None:
    """What the verifier fetches holds no private number."""
    (key,) = issuer(path).fetch()
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_file_that_holds_no_key_is_an_error_with_a_fix(path: Path) -> None:
    """A damaged file is named, with what to do."""
    keys = issuer(path)
    path.write_text("nothing")
    with pytest.raises(SetupError, match="holds no key"):
        keys.fetch()
