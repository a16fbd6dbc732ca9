"""What the pack is, for people and for machines: its rules, and what is wrong with what configures it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError
from policies.rules import RULES
from policies.rules._exemptions import FILE, ExemptionsError, read_exemptions

from . import policy_data, policy_docs
from .policy_configuration import configured
from .policy_mapping import mapping_problems
from .profiles import FOLDER, read_profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from policies.rules._rule import Rule

    from .policy_mapping import Outside

MANIFEST: Final = "policies/PulumiPolicy.yaml"
_GENERAL: Final = frozenset({"cost", "general", "shape"})  # folders of rules about no service in particular
_FEW: Final = 8  # services; a rule about the types of more is about all


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A rule as it is listed, with the level that a profile gives it."""

    rule: Rule
    enforcement: str

    @property
    def services(self) -> tuple[str, ...]:
        """AWS's words for what the rule is about; `all` where it is about no service in particular."""
        if self.rule.service not in _GENERAL:
            return (self.rule.service,)
        found = sorted({token.split(":")[1].partition("/")[0] for token in self.rule.applies_to if ":" in token})
        return tuple(found) if 0 < len(found) <= _FEW else ("all",)

    def as_json(self) -> dict[str, object]:
        one = self.rule
        return {
            "id": one.id,
            "title": one.title,
            "severity": one.severity.value,
            "enforcement": self.enforcement,
            "scope": one.scope.value,
            "services": list(self.services),
            "sources": list(one.sources),
            "frameworks": list(one.frameworks),
            "unique": one.unique,
        }


def listed(root: Path, profile: str = "", rules: tuple[Rule, ...] = RULES) -> tuple[Listed, ...]:
    """Every rule by its id, with its own level or that of a profile.

    Raises InvalidError for a profile that does not exist or is wrong.
    """
    if profile and profile not in (names := profiles(root)):
        raise InvalidError(f"there is no profile {profile!r}", fix=f"The profiles are {', '.join(names)}.")
    levels = configured(rules, read_profile(root, profile, rules) if profile else {})
    ordered = sorted(rules, key=lambda one: one.id)
    return tuple(Listed(rule=one, enforcement=levels[one.id].enforcement.value) for one in ordered)


def profiles(root: Path) -> tuple[str, ...]:
    """The names of the profiles that a project has."""
    return tuple(sorted(file.stem for file in (root / FOLDER).glob("*.json")))


def rules_text(rules: tuple[Listed, ...]) -> str:
    """A line a rule, and the counts."""
    lines = [
        f"{one.rule.id}  {one.rule.severity.value}, {one.enforcement}{', only here' if one.rule.unique else ''}"
        f"\n    {one.rule.title}"
        for one in rules
    ]
    unique = sum(one.rule.unique for one in rules)
    engine = sum(one.rule.scope.value == "engine" for one in rules)
    return "\n".join([*lines, "", f"{len(rules)} rules: {engine} that the engine asks too, {unique} that only we have"])


def mapping_text(found: tuple[Outside, ...]) -> str:
    """A line a check of another pack, and the counts."""
    lines = [f"{one.pack}:{one.id}  {', '.join(one.rules) or f'not asked: {one.reason}'}" for one in found]
    asked = sum(bool(one.rules) for one in found)
    return "\n".join([*lines, "", f"{len(found)} checks of other packs: {asked} are asked here"])


def problems(root: Path, today: date) -> tuple[str, ...]:
    """What is wrong with the pack's configuration and with what is kept beside it, each with file and line.

    Raises InvalidError for a folder that is no pack.
    """
    if not (root / MANIFEST).is_file():
        raise InvalidError(f"{root} has no policy pack: there is no {MANIFEST}", fix="Give the project's folder.")
    return (*_of_profiles(root), *_of_exemptions(root, today), *_stale(root))


def _of_profiles(root: Path) -> Iterator[str]:
    for name in profiles(root):
        try:
            read_profile(root, name)
        except InvalidError as error:
            yield from error.message.splitlines()


def _of_exemptions(root: Path, today: date) -> Iterator[str]:
    file = root / "policies" / FILE.name
    try:
        for one in read_exemptions(file, {rule.id for rule in RULES}):
            if one.until < today:
                yield f"policies/{one.place}: the exemption from {one.rule} ran out on {one.until}"
    except ExemptionsError as error:
        yield from (f"policies/{one}" for one in error.problems)


def _stale(root: Path) -> Iterator[str]:
    """What is generated or kept beside the rules, and is not as the rules of this installation want it."""
    pack = root / "policies"
    for file, wanted in policy_docs.pages(root).items():
        if not file.is_file() or file.read_text("utf-8") != wanted:
            yield f"{file.relative_to(root)}:1: is stale: run `python -m delivery.policy_docs`"
    for path, content in policy_data.FILES.items():
        file = pack / "data" / path.name
        if not file.is_file() or file.read_text("utf-8") != content():
            yield f"{file.relative_to(root)}:1: is stale: run `python -m delivery.policy_data`"
    try:
        yield from mapping_problems(folder=pack / "data")
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        yield f"policies/data: the lists of other packs cannot be read: {type(error).__name__}: {error}"
