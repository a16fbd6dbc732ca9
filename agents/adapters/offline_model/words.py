"""Words of a text, cut to their stems, so that `running` and `runs` are one; and words for spans of time."""

from __future__ import annotations

import re
from typing import Final

_STOP: Final = frozenset(
    """a an and are as at be by do for from has have how i in is it its me my of on or our out over per the their there
    this to up was we were what when where which who will with you your days day next last show list tell give
    """.split()  # noqa: SIM905 - a list of sixty quoted words cannot be read
)
DAYS: Final = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}  # how long a spoken time is
_ENDINGS: Final = ("ing", "ies", "es", "ed", "s")
_SHORTEST: Final = 3


def stems(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning, lower case."""
    return frozenset(_stem(word) for word in re.findall(r"[a-z]+", text.lower()) if word not in _STOP)


def has_phrase(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words; `text` is lower case."""
    return re.search(rf"\b{re.escape(phrase)}\b", text) is not None


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word
