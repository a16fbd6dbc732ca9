"""Keeps a list of each stack's URNs: `python -m delivery.urns [--check]`.

A URN that disappears without an alias is a resource that the next update deletes and makes anew, with its data. The
lists are renewed by hand and reviewed like code; `--check` fails for what would be lost.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .aliases import continued_urns
from .recorder import record
from .stack_files import read_stack, stack_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .recorder import Recording

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = "tests/components/urns"
_RENEW: Final = "run `python -m delivery.urns` and review what it changes"


def lost(golden: Iterable[str], recording: Recording) -> tuple[str, ...]:
    """The URNs of the list that nothing registered continues, neither as it is nor by an alias."""
    listed = tuple(golden)
    continued = set(continued_urns(frozenset(listed), recording.registrations))
    return tuple(urn for urn in listed if urn not in continued)


def new(golden: Iterable[str], recording: Recording) -> tuple[str, ...]:
    """The registered URNs that the list does not have."""
    listed = frozenset(golden)
    return tuple(sorted(one.urn for one in recording.registrations if one.urn not in listed))


def listed(root: Path, stack: str) -> tuple[str, ...]:
    """The stack's list, empty where there is none yet."""
    file = _file(root, stack)
    return tuple(file.read_text().split("\n")[:-1]) if file.exists() else ()


def renew(root: Path, stack: str) -> None:
    """Writes the stack's list as the program is now."""
    file = _file(root, stack)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{urn}\n" for urn in new((), record(root, read_stack(root, stack)))))


def check(root: Path, stack: str) -> tuple[tuple[str, ...], str]:
    """What the stack would lose, a sentence each, and a word about new resources, which lose nothing."""
    golden = listed(root, stack)
    if not golden:
        return (f"{FOLDER}/{stack}.txt: there is no list: {_RENEW}",), ""
    recording = record(root, read_stack(root, stack))
    gone = lost(golden, recording)
    added = new(golden, recording)
    return (
        tuple(
            f"{FOLDER}/{stack}.txt: {urn} is no longer registered, so the next update deletes it: give what continues"
            f" it an alias, or, if it is to go, {_RENEW}"
            for urn in gone
        ),
        f"{FOLDER}/{stack}.txt: {len(added)} URNs are not in the list yet: {_RENEW}" if added else "",
    )


def _file(root: Path, stack: str) -> Path:
    return root / FOLDER / f"{stack}.txt"


def main(root: Path = ROOT, arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say what would be lost, and what is new")
    only_check = parser.parse_args(arguments).check
    failures: list[str] = []
    for stack in stack_names(root):
        if not only_check:
            renew(root, stack)
            continue
        problems, note = check(root, stack)
        failures += problems
        if note:
            sys.stderr.write(f"{note}\n")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
