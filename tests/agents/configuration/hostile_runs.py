"""Reads every hostile text in a process of its own with 64 MiB more than it starts with, and tells what became of it.

Run as `python hostile_runs.py FOLDER`: a line of JSON for each case, before and after it, so that a death has a name.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import tomlkit  # noqa: F401 - imported before memory is counted
import yaml  # noqa: F401 - the same

from agents.configuration.formats import parse
from agents.errors import InvalidError

EXTRA = 64 * 2**20


def cases(folder: Path) -> list[dict[str, Any]]:
    """Each case with its format and the bytes it is of."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        file = tomllib.loads(path.read_text())
        found += [{"format": file.get("format"), "file": path.stem} | case for case in file["case"]]
    return found


def text(case: dict[str, Any]) -> bytes:
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    return "".join(part * times for part, times in case.get("parts", [[case.get("text"), 1]])).encode()


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(folder: str) -> None:
    known = cases(Path(folder))
    parse(b"{}", "json")  # each imports what it needs, which is no part of what a text takes
    parse(b"a: 1", "yaml")
    parse(b"a = 1", "toml")
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + EXTRA, used + EXTRA))
    for number, case in enumerate(known):
        _tell({"number": number})
        content = text(case)
        started = time.perf_counter()
        told: dict[str, object] = {"number": number, "outcome": "accepted"}
        try:
            parse(content, case["format"], where="f")
        except InvalidError as error:
            told |= {"outcome": "refused", "message": error.message, "where": error.problems[0].where}
        except Exception as error:  # noqa: BLE001 - what a case may not raise is told
            told |= {"outcome": repr(error)[:200]}
        _tell(told | {"seconds": time.perf_counter() - started})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    _tell({"peak": peak})


if __name__ == "__main__":
    main(sys.argv[1])
