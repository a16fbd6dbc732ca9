"""Which of our rules asks what a check of another pack asks, or why none does.

The other packs' checks are kept in `policies/data/outside.toml`. A rule names those that it covers in its `sources`;
`policies/data/mapping.toml` has those that a rule answers in other words, and those that do not apply, with reasons.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.rules._rule import Rule

DATA: Final = Path(__file__).parents[1] / "policies" / "data"
OUTSIDE: Final = "outside.toml"
MAPPING: Final = "mapping.toml"


@dataclass(frozen=True, kw_only=True)
class Outside:
    """One check of another pack: `rules` ask the same here, or `reason` says why none does."""

    pack: str
    id: str
    title: str
    rules: tuple[str, ...]
    reason: str

    def as_json(self) -> dict[str, object]:
        answer: dict[str, object] = {"rule": list(self.rules)} if self.rules else {"reason": self.reason}
        return {"pack": self.pack, "id": self.id, "title": self.title, **answer}


@dataclass(frozen=True, kw_only=True)
class Lists:
    """What other packs ask: titles by pack and id, and the two lists that are counted."""

    titles: Mapping[str, Mapping[str, str]]
    decidable: tuple[str, ...]  # FSBP controls about our services that a program decides
    documents: Mapping[str, tuple[str, ...]]  # kinds of IAM documents that Checkov judges, with their ids


def lists(folder: Path = DATA) -> Lists:
    """The other packs' checks as they are kept."""
    given = tomllib.loads((folder / OUTSIDE).read_text("utf-8"))
    return Lists(
        titles={pack: one["titles"] for pack, one in given["packs"].items()},
        decidable=tuple(given["fsbp"]["decidable"]),
        documents={kind: tuple(ids) for kind, ids in given["checkov_iam"].items()},
    )


def mapping(rules: tuple[Rule, ...] = RULES, folder: Path = DATA) -> tuple[Outside, ...]:
    """Every check of the lists, in their order. One with neither rule nor reason has an empty reason."""
    reasons, answers = _reasons(folder), _answers(folder)
    covered: dict[str, set[str]] = {source: set(named) for source, named in answers.items()}
    for rule in rules:
        for source in rule.sources:
            covered.setdefault(source, set()).add(rule.id)
    return tuple(
        Outside(
            pack=pack,
            id=name,
            title=title,
            rules=tuple(sorted(covered.get(f"{pack}:{name}", ()))),
            reason=reasons.get(f"{pack}:{name}", ""),
        )
        for pack, titles in lists(folder).titles.items()
        for name, title in titles.items()
    )


def mapping_problems(rules: tuple[Rule, ...] = RULES, folder: Path = DATA) -> Iterator[str]:
    """What is wrong with the lists, each with file and line."""
    yield from _unanswered(rules, folder)
    text = (folder / MAPPING).read_text("utf-8")
    known = {rule.id for rule in rules}
    answers = _answers(folder)
    for source, named in answers.items():
        for name in set(named) - known:
            yield f"{_place(MAPPING, text, name)}: {source} is answered by {name}, which is no rule"
    titles = lists(folder).titles
    for source in (*_reasons(folder), *answers):
        pack, _, name = source.partition(":")
        if name not in titles.get(pack, {}):
            yield f"{_place(MAPPING, text, source)}: {source} is in no list of {OUTSIDE}"
    for rule in rules:
        for source in rule.sources:
            pack, _, name = source.partition(":")
            if pack in titles and name not in titles[pack]:
                yield f"{OUTSIDE}: {rule.id} names {source}, which is not listed: look it up, or mend the rule"


def _unanswered(rules: tuple[Rule, ...], folder: Path) -> Iterator[str]:
    """Checks with neither rule nor reason, and those with both."""
    text = {name: (folder / name).read_text("utf-8") for name in (OUTSIDE, MAPPING)}
    for one in mapping(rules, folder):
        if not one.rules and not one.reason:
            place = _place(OUTSIDE, text[OUTSIDE], f'"{one.id}" =')
            yield f"{place}: no rule names {one.pack}:{one.id} and {MAPPING} has no reason why"
        elif one.rules and one.reason:
            place = _place(MAPPING, text[MAPPING], f'"{one.pack}:{one.id}"')
            yield f"{place}: {one.pack}:{one.id} is said not to apply, but {one.rules[0]} names it"


def _reasons(folder: Path) -> dict[str, str]:
    given = tomllib.loads((folder / MAPPING).read_text("utf-8"))
    return {source: one["reason"] for one in given["not_applicable"] for source in one["ids"]}


def _answers(folder: Path) -> dict[str, list[str]]:
    given = tomllib.loads((folder / MAPPING).read_text("utf-8"))
    return {source: one["rules"] for one in given["answered"] for source in one["ids"]}


def _place(name: str, text: str, words: str) -> str:
    at = text.find(words)
    return f"policies/data/{name}:{text.count(chr(10), 0, at) + 1 if at >= 0 else 1}"
