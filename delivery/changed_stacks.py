"""Plans the stacks that some files belong to: `python -m delivery.changed_stacks FILE ...`, as a commit hook does.

A stack's own file concerns that stack, a profile those that are judged by it, everything else that goes into a plan
concerns all. The plans run side by side, each in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from .profiles import profile_name

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).parents[1]
STACKS: Final = ("dev", "staging", "prod")
_STACK_FILE: Final = "Pulumi."
_PROFILES: Final = "policies/profiles"
_PAGES: Final = (".md",)  # nothing that is only read by people changes a plan
_COMMON: Final = ("__main__.py", "Pulumi.yaml", "components/", "policies/", "delivery/", "agents/")


def concerned(files: Iterable[str]) -> tuple[str, ...]:
    """The stacks whose plans the files can change, in the order in which they are deployed."""
    found: set[str] = set()
    for file in files:
        path = PurePosixPath(file)
        if path.suffix in _PAGES:
            continue
        if str(path.parent) == _PROFILES:
            found |= {stack for stack in STACKS if profile_name(stack) == path.stem}
        elif file.startswith(_COMMON):
            found |= set(STACKS)
        elif file.startswith(_STACK_FILE) and path.stem.removeprefix(_STACK_FILE) in STACKS:
            found.add(path.stem.removeprefix(_STACK_FILE))
    return tuple(stack for stack in STACKS if stack in found)


def main(files: Iterable[str]) -> int:
    """Plans them; the worst exit code. What a plan says is shown when it has something against the commit."""
    plan = [sys.executable, "-m", "agents.entry.cli", "plan", "--stack"]
    running = {
        stack: subprocess.Popen(  # noqa: S603 - our own command, and a name from the list above
            [*plan, stack], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for stack in concerned(files)
    }
    worst = 0
    for stack, process in running.items():
        said, _ = process.communicate()
        if process.returncode:
            sys.stdout.write(f"qm plan --stack {stack}\n{said}")
        worst = max(worst, process.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
