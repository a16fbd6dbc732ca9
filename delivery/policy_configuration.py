"""What each rule is configured with: the engine's reconciliation, so that a plan and the engine judge alike.

Source: `pulumi/pkg/resource/analyzer/config.go`, `ReconcilePolicyPackConfig`. Defaults of each rule's schema first,
then the level of `all`, then what is given for the rule itself; the result is held against the schema.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from agents.errors import InvalidError
from policies.rules._rule import Enforcement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.rules._rule import Parameter, Rule

ALL: Final = "all"
LEVEL: Final = "enforcementLevel"
Setting: TypeAlias = "str | int | bool | list[str]"
Parameters: TypeAlias = "Mapping[str, str | Mapping[str, Setting]]"  # a text instead of settings is a level


@dataclass(frozen=True, kw_only=True)
class Configured:
    """One rule as the engine configures it."""

    enforcement: Enforcement
    settings: Mapping[str, Setting]


def configured(rules: Iterable[Rule], given: Parameters) -> dict[str, Configured]:
    """Each rule's configuration by its id.

    Raises InvalidError naming every setting that is not the rule's, or not of its type. The engine ignores a rule that
    does not exist; here it is refused too, for it is a misspelt one.
    """
    listed = tuple(rules)
    if wrong := [f"{rule}{message}" for rule, message in problems(listed, given)]:
        raise InvalidError("; ".join(wrong))
    everywhere = _settings(given.get(ALL, {})).get(LEVEL)
    result: dict[str, Configured] = {}
    for rule in listed:
        own = _settings(given.get(rule.id, {}))
        level = own.pop(LEVEL, everywhere)
        result[rule.id] = Configured(
            enforcement=Enforcement(level) if level else rule.enforcement,
            settings={key: _default(one) for key, one in rule.parameters.items()} | own,
        )
    return result


def problems(rules: Iterable[Rule], given: Parameters) -> Iterator[tuple[str, str]]:
    """Everything in a configuration that the rules do not have: the rule's id, and what is wrong with it."""
    by_id = {one.id: one for one in rules}
    for name, value in given.items():
        own = _settings(value)
        level = own.pop(LEVEL, None)
        if name == ALL:
            yield from ((ALL, line) for line in _level_problems(level))
        elif name not in by_id:
            yield name, f": is not a rule{_meant(name, by_id)}"
        else:
            yield from ((name, line) for line in _level_problems(level))
            if level == Enforcement.REMEDIATE.value and by_id[name].remedy is None:
                yield name, f".{LEVEL}: the rule has no remedy; write mandatory or advisory"
            yield from ((name, line) for line in _problems(by_id[name], own))


def _settings(given: str | Mapping[str, Setting]) -> dict[str, Setting]:
    return {LEVEL: given} if isinstance(given, str) else dict(given)


def _default(parameter: Parameter) -> Setting:
    return list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default


def _level_problems(level: Setting | None) -> Iterator[str]:
    levels = [one.value for one in Enforcement]
    if level is not None and level not in levels:
        yield f".{LEVEL}: write one of {', '.join(levels)}"


def _problems(rule: Rule, settings: Mapping[str, Setting]) -> Iterator[str]:
    for key, value in settings.items():
        if key not in rule.parameters:
            yield f".{key}: is not a setting{_meant(key, rule.parameters)}"
        elif not _fits(rule.parameters[key], value):
            yield f".{key}: write a value of type {rule.parameters[key].schema['type']}"


def _fits(parameter: Parameter, value: Setting) -> bool:
    if isinstance(parameter.default, tuple):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return type(value) is type(parameter.default)


def _meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
