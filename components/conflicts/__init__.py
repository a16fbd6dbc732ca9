"""What settings say against each other, against AWS, and against production; each as a key and a sentence.

A check names the sections that it takes; one that did not parse has had its say already, so the check is left out.
To add a check, add it to the table at the end of the module that fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .base import EMULATED_ACCOUNT, Conflict, Given
from .content import CONTENT_CHECKS
from .place import PLACE_CHECKS
from .reach import REACH_CHECKS
from .sizes import SIZE_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from components.sections import Section

    from .base import Check

__all__ = ["EMULATED_ACCOUNT", "Conflict", "Given", "conflicts"]

_CHECKS: Final[tuple[Check, ...]] = (*PLACE_CHECKS, *SIZE_CHECKS, *CONTENT_CHECKS, *REACH_CHECKS)


def conflicts(given: Given, sections: Mapping[type[Section], Section]) -> Iterator[Conflict]:
    """Every conflict between sections that parsed."""
    for check, kinds in _CHECKS:
        if all(kind in sections for kind in kinds):
            yield from check(given, *(sections[kind] for kind in kinds))
