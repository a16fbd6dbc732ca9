"""Modules stay small enough to be read in one go."""

from __future__ import annotations

import statistics
from pathlib import Path

ROOT = Path(__file__).parents[1]
HARD_LIMIT = 400
MEDIAN = 120


def test_no_module_is_longer_than_the_hard_limit() -> None:
    """A module over 400 lines is two modules."""
    long = {str(path.relative_to(ROOT)): lines for path, lines in _lines().items() if lines > HARD_LIMIT}
    assert not long


def test_the_usual_module_is_short() -> None:
    """Half of the product's modules that hold code have at most 120 lines."""
    product = [n for path, n in _lines().items() if n > 3 and path.relative_to(ROOT).parts[0] not in {"tests", "bench"}]
    assert statistics.median(product) <= MEDIAN


def _lines() -> dict[Path, int]:
    folders = ("agents", "components", "delivery", "policies", "bench", "tests")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {path: len(path.read_text().splitlines()) for path in [*paths, ROOT / "__main__.py"]}
