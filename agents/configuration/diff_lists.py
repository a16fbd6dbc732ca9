"""What two lists have in common, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

# Of the table of a comparison. Lists that differ in more than about a thousand items each are taken as all new:
# their edits would be read by nobody, and the table's cost grows by the square.
MAX_CELLS: Final = 1_000_000


def common(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pairs of indexes of a longest common subsequence, rising in both."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    between = _longest(old[start : len(old) - end], new[start : len(new) - end])
    return [
        *((at, at) for at in range(start)),
        *((start + one, start + other) for one, other in between),
        *((len(old) - at, len(new) - at) for at in range(end, 0, -1)),
    ]


def _longest(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    if len(old) * len(new) > MAX_CELLS or not old or not new:
        return []
    # lengths[i][j] is how much old[i:] and new[j:] have in common.
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, after, item = lengths[i], lengths[i + 1], old[i]
        for j in range(len(new) - 1, -1, -1):
            if item == new[j]:
                row[j] = after[j + 1] + 1
            else:
                row[j] = after[j] if after[j] >= row[j + 1] else row[j + 1]  # noqa: FURB136 - max() takes twice as long
    pairs = []
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
