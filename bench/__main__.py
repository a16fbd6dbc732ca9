"""`python -m bench [NAME ...] [--json] [--write]`: runs benchmarks and limits, prints how they compare and last."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench.limits import LIMITS, Run, run
from bench.measure import ROUNDS, Measured, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Benchmark

FOLDER = Path(__file__).parent
_PARTS = {"__init__", "__main__", "limits", "measure", "target"}
_LIMITS = {limit.name: limit for limit in LIMITS}


def names() -> list[str]:
    """Every benchmark: a file of this folder is one unless it is part of the runner."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in _PARTS)


def main(arguments: list[str]) -> int:
    """0 when every target and limit is met, 1 when one is missed or a peer is missing, 2 for a wrong call."""
    every = [*names(), *_LIMITS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(every)}; all when left out")
    parser.add_argument("--json", action="store_true", help="print a list of results as JSON")
    parser.add_argument("--write", action="store_true", help="renew bench/README.md from this run")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"at least 5 ({ROUNDS})")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(every)):
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(every)}")
    if chosen.rounds < 5:  # noqa: PLR2004 - the method's least
        parser.error("a ratio needs at least 5 rounds")
    results: list[Measured] = []
    missing: list[str] = []
    runs = [run(_LIMITS[name]) for name in chosen.names or every if name in _LIMITS]
    for name in [name for name in chosen.names or every if name not in _LIMITS]:
        benchmark = cast("Benchmark", importlib.import_module(f"bench.{name}"))
        try:
            results.append(measure(benchmark, rounds=chosen.rounds))
        except ImportError as error:
            missing.append(name)
            print(f"{name}: the peer is missing ({error})", file=sys.stderr)
    if chosen.json:
        told = [dataclasses.asdict(result) for result in results]
        print(json.dumps([*told, *({**dataclasses.asdict(one), "met": one.met} for one in runs)], indent=2))
    else:
        parts = [table(results)] if results else []
        print("\n\n".join([*parts, limits(runs)] if runs else parts))
    if chosen.write:
        (FOLDER / "README.md").write_text(readme(results, runs))
    return 0 if not missing and all(one.met for one in results) and all(one.met for one in runs) else 1


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
    return _drawn(rows)


def limits(runs: list[Run]) -> str:
    """How long each command took, as a table of the same kind."""
    rows = [("limit", "took", "at most", "met", "command")]
    rows += [
        (
            one.name,
            f"{one.seconds:g} s" if one.exit_code == 0 else f"failed with {one.exit_code}",
            f"{one.seconds_at_most:g} s",
            "yes" if one.met else "no",
            f"`{one.command}`",
        )
        for one in runs
    ]
    return _drawn(rows)


def _drawn(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def readme(results: list[Measured], runs: list[Run]) -> str:
    """The page of the last run."""
    return (
        "# Benchmarks\n\n"
        "Made by `make bench`; do not edit. Ours and the peer alternate in one run; the ratio is the median over\n"
        "rounds of ours / peer, smaller is faster. Times are microseconds a call on the machine of the run, for\n"
        "reading only.\n\n"
        f"{table(results)}\n\n"
        "A limit is a command as people run it, once, by the clock on the wall.\n\n"
        f"{limits(runs)}\n\n"
        f"Run on {platform.machine()}, Python {platform.python_version()}. A new benchmark is a new file here with\n"
        "`NAME`, `TARGET`, `ours()`, `peer()` and `same()`, see `measure.py`; a new limit is a line in `limits.py`.\n"
    )


def _times(times: dict[str, float], unit: str) -> str:
    return " / ".join(f"{times[name]:,.0f}" for name in ("p50", "p95", "p99")) + f" {unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
