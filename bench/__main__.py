"""`python -m bench [NAME ...] [--json] [--write]`: runs benchmarks and prints how they compare."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench.measure import ROUNDS, Measured, measure

if TYPE_CHECKING:
    from bench.measure import Benchmark

FOLDER = Path(__file__).parent
_PARTS = {"__init__", "__main__", "measure", "target"}


def names() -> list[str]:
    """Every benchmark: a file of this folder is one unless it is part of the runner."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in _PARTS)


def main(arguments: list[str]) -> int:
    """0 when every target is met, 1 when one is missed or a peer is missing, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}; all when left out")
    parser.add_argument("--json", action="store_true", help="print a list of results as JSON")
    parser.add_argument("--write", action="store_true", help="renew bench/README.md from this run")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"at least 5 ({ROUNDS})")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(names())):
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(names())}")
    if chosen.rounds < 5:  # noqa: PLR2004 - the method's least
        parser.error("a ratio needs at least 5 rounds")
    results: list[Measured] = []
    missing: list[str] = []
    for name in chosen.names or names():
        benchmark = cast("Benchmark", importlib.import_module(f"bench.{name}"))
        try:
            results.append(measure(benchmark, rounds=chosen.rounds))
        except ImportError as error:
            missing.append(name)
            print(f"{name}: the peer is missing ({error})", file=sys.stderr)
    if chosen.json:
        print(json.dumps([dataclasses.asdict(result) for result in results], indent=2))
    else:
        print(table(results))
    if chosen.write:
        (FOLDER / "README.md").write_text(readme(results))
    return 0 if not missing and all(result.met for result in results) else 1


def table(results: list[Measured]) -> str:
    """The results as a Markdown table, which a terminal shows as well."""
    times = "p50 / p95 / p99"
    rows = [("benchmark", f"ours {times}", f"peer {times}", "ratio (spread)", "target", "met", "peak MB")]
    rows += [
        (
            result.name,
            _times(result.ours, result.unit),
            _times(result.peer, result.unit),
            f"{result.ratio:g}x ({result.spread[0]:g}-{result.spread[1]:g})",
            result.target,
            "yes" if result.met else "no",
            f"{result.peak_memory_mb:g}",
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def readme(results: list[Measured]) -> str:
    """The page of the last run."""
    return (
        "# Benchmarks\n\n"
        "Made by `make bench`; do not edit. Ours and the peer alternate in one run; the ratio is the median over\n"
        "rounds of ours / peer, smaller is faster. Times are microseconds a call on the machine of the run, for\n"
        "reading only.\n\n"
        f"{table(results)}\n\n"
        f"Run on {platform.machine()}, Python {platform.python_version()}. A new benchmark is a new file here with\n"
        "`NAME`, `TARGET`, `ours()`, `peer()` and `same()`; see `measure.py`.\n"
    )


def _times(times: dict[str, float], unit: str) -> str:
    return " / ".join(f"{times[name]:,.0f}" for name in ("p50", "p95", "p99")) + f" {unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
