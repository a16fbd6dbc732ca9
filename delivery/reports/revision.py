"""Plans the stacks of another git revision, with its own program, settings, policies and packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from .snapshot import Json

_PROGRAM: Final = Path(__file__).with_name("snapshot.py")
_LONGEST_S: Final = 300
_CODE: Final = ("agents", "uv.lock")  # what is packed into functions
_SHOWN: Final = 12  # characters of a commit


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a revision would deploy, by stack; None for a stack that it does not have."""

    commit: str
    notes: tuple[str, ...]  # what to know about the comparison
    stacks: Mapping[str, Json | None]


def before(folder: Path, revision: str, stacks: Sequence[str], today: date) -> Before:
    """The stacks as the revision would deploy them, recorded in a process of its own.

    Raises InvalidError for a revision that there is not or that cannot be planned, SetupError without git, outside of
    a repository, and where a shallow clone lacks the revision.
    """
    commit = _commit(folder, revision)
    inside = _git(folder, "rev-parse", "--show-prefix").stdout.decode().strip()
    with _tree(folder, commit) as root:
        found = _planned(root / inside, revision, stacks, today)
    return Before(commit=commit[:_SHOWN], notes=tuple(_notes(folder, commit)), stacks=found)


def _notes(folder: Path, commit: str) -> Iterator[str]:
    changed = len(_git(folder, "status", "--porcelain", "--", ".").stdout.splitlines())
    if changed:
        yield f"{changed} uncommitted changes of the working copy are part of what is compared"
    elif commit == _git(folder, "rev-parse", "HEAD").stdout.decode().strip():
        yield "the revision is the commit that is checked out"
    code = len(_git(folder, "diff", "--name-only", commit, "--", *_CODE).stdout.splitlines())
    if code:
        yield f"{code} files of the functions' code differ, which no resource shows before it is packaged"


def _commit(folder: Path, revision: str) -> str:
    inside = _git(folder, "rev-parse", "--is-inside-work-tree")
    if inside.returncode:
        why = inside.stderr.decode(errors="replace").strip().splitlines()
        reason = why[0].removeprefix("fatal: ") if why else "git does not say why"
        raise SetupError(f"a plan against a revision wants a git working copy: {reason}", fix="Run it in a clone")
    found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not found.returncode:
        return found.stdout.decode().strip()
    if _git(folder, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        fix = "Run `git fetch --unshallow`, or fetch that revision"
        raise SetupError(f"this shallow clone does not have the revision {revision!r}", fix=fix)
    raise InvalidError(f"there is no revision {revision!r}", fix="Give a branch, a tag or a commit that was fetched")


@contextmanager
def _tree(folder: Path, commit: str) -> Iterator[Path]:
    """The commit's files in a folder of their own: the repository is only read, so nothing is left behind in it."""
    with tempfile.TemporaryDirectory(prefix="qm-plan-") as temporary:
        archive, root = Path(temporary, "tree.tar"), Path(temporary, "tree")
        top = _git(folder, "rev-parse", "--show-toplevel").stdout.decode().strip()
        made = _git(Path(top), "archive", "--format=tar", f"--output={archive}", commit)
        if made.returncode:
            raise SetupError(f"git cannot read {commit[:_SHOWN]}: {made.stderr.decode(errors='replace').strip()}")
        root.mkdir()
        with tarfile.open(archive) as tar:
            tar.extractall(root, filter="data")
        yield root.resolve()


def _planned(folder: Path, revision: str, stacks: Sequence[str], today: date) -> dict[str, Json | None]:
    """Runs `snapshot.py` among the revision's packages, with the interpreter and libraries of this process."""
    if not folder.is_dir():
        return dict.fromkeys(stacks)
    result = folder.parent / f"{folder.name}.json"
    command = [sys.executable, "-P", "-B", str(_PROGRAM), str(folder), today.isoformat(), str(result), *stacks]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and program
            command, cwd=folder, env=environment, capture_output=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise InvalidError(f"planning {revision!r} took more than {_LONGEST_S} s", fix="Plan it alone first") from None
    if done.returncode or not result.exists():
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        why = lines[-1].replace(f"{folder}{os.sep}", "") if lines else "it ended without a word"
        raise InvalidError(f"{revision!r} cannot be planned: {why}", fix="Give a revision whose `qm plan` works")
    found: dict[str, Json | None] = json.loads(result.read_text(encoding="utf-8"))
    return found


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - no shell, and the revision comes after --end-of-options
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's git
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise SetupError("git is not installed", fix="Install it, or leave out --against") from None
