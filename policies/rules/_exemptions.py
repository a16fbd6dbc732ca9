"""Findings that somebody has decided to live with: by whom, why, and until when.

They are kept in `policies/exemptions.toml`, one table each. What is wrong with one is itself a finding
(`rules/general/exemption_*.py`), so that none outlives its reason.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ._resource import Value

FILE: Final = Path(__file__).parents[1] / "exemptions.toml"
LEAST_WORDS: Final = 10
_TABLE: Final = re.compile(r"^\[\[\s*exemption\s*\]\]", re.MULTILINE)
_NEEDED: Final = ("rule", "resource", "reason", "owner", "until")
_KEYS: Final = frozenset({*_NEEDED, "stack", "finding"})


class ExemptionsError(ValueError):
    """The file cannot be used; `problems` are sentences with file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One finding, or several alike. `resource` matches a resource's name or its URN, `*` stands for any text."""

    rule: str
    resource: str
    reason: str
    owner: str
    until: date  # the last day
    stack: str = "*"
    finding: str = "*"  # one of several findings of a granular rule
    place: str = ""  # file:line

    def covers(self, rule: str, urn: str, what: str, stack: str) -> bool:
        """Whether a finding is let pass."""
        return (
            rule == self.rule
            and fnmatchcase(stack, self.stack)
            and (fnmatchcase(urn.rpartition("::")[2], self.resource) or fnmatchcase(urn, self.resource))
            and fnmatchcase(what, self.finding)
        )


@dataclass(kw_only=True)
class Ledger:
    """All exemptions, and which of them were needed. `today` decides which have run out."""

    exemptions: tuple[Exemption, ...]
    today: date
    used: set[Exemption] = field(default_factory=set)

    def exempt(self, rule: str, urn: str, what: str, stack: str) -> Exemption | None:
        """The exemption that lets a finding pass, which is then used; one that has run out lets nothing pass."""
        for one in self.exemptions:
            if one.covers(rule, urn, what, stack):
                self.used.add(one)
                if one.until >= self.today:
                    return one
        return None


def read_exemptions(file: Path, rules: Collection[str]) -> tuple[Exemption, ...]:
    """Every exemption of the file, none when there is no file. Raises ExemptionsError with all that is wrong."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ExemptionsError((f"{file.name}: cannot be read: {type(error).__name__}",)) from None
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExemptionsError((f"{file.name}: {error}",)) from None
    lines = [text.count("\n", 0, match.start()) + 1 for match in _TABLE.finditer(text)]
    problems = [f"{file.name}: {key} is not known here; write [[exemption]]" for key in given if key != "exemption"]
    tables = given.get("exemption", [])
    if not isinstance(tables, list) or len(tables) != len(lines):
        raise ExemptionsError((f"{file.name}: write each exemption as a table of its own, [[exemption]]",))
    read = []
    for line, table in zip(lines, tables, strict=True):
        place = f"{file.name}:{line}"
        wrong = tuple(_problems(table, rules))
        problems += [f"{place}: {one}" for one in wrong]
        if not wrong:
            read.append(Exemption(**table, place=place))
    if problems:
        raise ExemptionsError(tuple(problems))
    return tuple(read)


def _problems(table: Mapping[str, Value], rules: Collection[str]) -> Iterator[str]:
    for key in _NEEDED:
        if not table.get(key):
            yield f"{key} is missing"
    for key, value in table.items():
        if key not in _KEYS:
            yield f"{key} is not a key of an exemption; those are {', '.join(sorted(_KEYS))}"
        elif key == "until":
            if type(value) is not date:
                yield "until is not a day; write it without quotes, for example 2027-06-30"
        elif not isinstance(value, str):
            yield f"{key} is not text"
    rule, reason = table.get("rule"), table.get("reason")
    if isinstance(rule, str) and rule and rule not in rules:
        yield f"there is no rule {rule}"
    if isinstance(reason, str) and reason and len(reason.split()) < LEAST_WORDS:
        yield f"reason has {len(reason.split())} words; say in at least {LEAST_WORDS} why this is right here"
