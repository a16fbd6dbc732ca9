"""Patterns as IAM has them: `*` is any text, `?` one character, and nothing else is special."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_PARTS: Final = 6  # arn:partition:service:region:account:resource


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    words = (".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)
    return re.compile("".join(words), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern covers the text, case and all."""
    return _compiled(pattern).fullmatch(text) is not None


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def meet(one: str, other: str) -> bool:
    """Whether some text matches both patterns of an ARN, part by part, as IAM compares ARNs."""
    if "*" in (one, other):
        return True
    return all(map(_meet, _parts(one), _parts(other)))


def _parts(arn: str) -> list[str]:
    """The six parts; a last `*` stands for those that are left out."""
    parts = arn.split(":", _PARTS - 1)
    return parts + ["*" if parts[-1] == "*" else ""] * (_PARTS - len(parts))


@lru_cache(maxsize=8192)
def _meet(one: str, other: str) -> bool:
    """As `meet`, for any text: the places that can be reached in `other` after each character of `one`."""
    reached = _after_stars(other, {0})
    for character in one:
        if character == "*":
            reached = set(range(min(reached, default=0), len(other) + 1)) if reached else set()
            continue
        stay = {place for place in reached if other[place : place + 1] == "*"}
        step = {place + 1 for place in reached if _fits(character, other[place : place + 1])}
        reached = _after_stars(other, stay | step)
    return len(other) in reached


def _fits(one: str, other: str) -> bool:
    return bool(other) and (one == other or "?" in (one, other)) and other != "*"


def _after_stars(pattern: str, places: set[int]) -> set[int]:
    """The places, and those behind a star, which may stand for nothing."""
    found = set(places)
    for place in range(len(pattern)):
        if place in found and pattern[place] == "*":
            found.add(place + 1)
    return found
