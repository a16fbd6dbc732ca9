"""Drafts, judged as what would run once they are stored."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agents.configuration.deployed import Context, Deployed
from agents.configuration.explain import Layer, explain, layer_of
from agents.configuration.kinds import check_document, check_layer, read_by
from agents.configuration.layers import layers_of, merge
from agents.configuration.plain_secrets import plain_secrets
from agents.configuration.problems import errors, invalid, warnings
from agents.errors import InvalidError, NotFoundError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from agents.configuration.deployed import AgentFacts, ToolFacts
    from agents.configuration.documents import Address, Content, Draft
    from agents.configuration.known_heads import KnownHeads
    from agents.configuration.ports import ConfigStore

AGENT: Final = "agent"
DEFAULTS: Final = "agent/defaults"
_MOST_PLACED: Final = 50  # problems whose layer is looked for


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What documents are judged by, beside each other. `environment` is the one that the store serves."""

    agents: Mapping[str, AgentFacts]
    tools: Mapping[str, ToolFacts]
    environment: str
    today: Callable[[], date]
    deployed: Deployed = field(default_factory=Deployed)
    checks: Mapping[str, Callable[[Content], object]] = field(default_factory=dict)

    def problems(self, store: ConfigStore, known: KnownHeads, drafts: Sequence[Draft]) -> tuple[Problem, ...]:
        """Everything that is wrong, or worth knowing, with what would run after the drafts."""
        addressed = [problem for draft in drafts for problem in self._address(draft)]
        if addressed:
            return tuple(addressed)
        known.look()
        after = _Heads(known, drafts)
        found: dict[Problem, None] = {}
        for key, instance in self._own(drafts):
            found |= dict.fromkeys(self._problems(key, instance, after))
        found |= dict.fromkeys(self._plain_secrets(drafts, found))
        if not errors(found):
            for key in self._others(drafts, store):
                found |= dict.fromkeys(self._new_problems(key, after, known))
        fallback = _where(drafts[0].key, drafts[0].layer)
        return tuple(dataclasses.replace(one, where=one.where or fallback) for one in found)

    def _address(self, draft: Draft) -> Iterator[Problem]:
        """Nothing would read such a draft, so nothing could check it."""
        kind = draft.key.partition("/")[0]
        where = _where(draft.key, draft.layer)
        if wrong := check_layer(draft.key, draft.layer):
            yield from (dataclasses.replace(one, where=where) for one in wrong)
            return
        served = ["base", f"env:{self.environment}"]
        one_instance = kind == AGENT and draft.key != DEFAULTS
        if draft.layer not in served and not (one_instance and draft.layer.startswith("instance:")):
            fix = f"Publish to {' or '.join(served)}{', or instance:ID of an agent' if kind == AGENT else ''}."
            yield dataclasses.replace(invalid(f"nothing here runs the layer {draft.layer}", fix=fix), where=where)

    def _plain_secrets(self, drafts: Sequence[Draft], found: Iterable[Problem]) -> Iterator[Problem]:
        """Those of the drafts themselves, unless what is merged has the same problem in the same place."""
        known = {(one.where, one.pointer) for one in errors(found)}
        for draft in drafts:
            where = _where(draft.key, draft.layer)
            for problem in plain_secrets(draft.key, draft.content, self.agents):
                if (where, problem.pointer) not in known:
                    yield dataclasses.replace(problem, where=where)

    def _own(self, drafts: Sequence[Draft]) -> tuple[tuple[str, str | None], ...]:
        """What the drafts are about: the key of a document, and the instance whose layer counts as well."""
        found: dict[tuple[str, str | None], None] = {}
        for draft in drafts:
            layer, _, instance = draft.layer.partition(":")
            found[draft.key, instance if layer == "instance" else None] = None
        return tuple(found)

    def _others(self, drafts: Sequence[Draft], store: ConfigStore) -> tuple[str, ...]:
        """Documents that are not drafted, and that a draft of what they are checked against could break."""
        keys = {draft.key for draft in drafts}
        kinds = frozenset[str]().union(*map(read_by, keys))
        found = {f"{AGENT}/{name}" for name in self.agents} if AGENT in kinds else set()
        if others := kinds - {AGENT}:  # a schema changed: rare enough to look at every head
            found |= {head.key for head in store.heads() if head and head.key.partition("/")[0] in others}
        return tuple(sorted(found - keys))

    def _new_problems(self, key: str, after: _Heads, known: KnownHeads) -> Iterator[Problem]:
        """What was not valid before is no reason to keep others from being changed."""
        found = self._problems(key, None, after)
        if not errors(found):
            return
        before = {(one.pointer, one.message) for one in self._problems(key, None, _Heads(known, ()))}
        for problem in errors(found):
            if (problem.pointer, problem.message) not in before:
                yield dataclasses.replace(problem, message=f"{problem.message} (in {key})")

    def _problems(self, key: str, instance: str | None, heads: _Heads) -> tuple[Problem, ...]:
        layers = heads.layers(layers_of(key, self.environment, instance))
        try:
            merged = _merge(layers)
        except InvalidError as error:
            return tuple(dataclasses.replace(one, where=_shown(one.where)) for one in error.problems)
        context = Context(
            agents=self.agents,
            tools=self.tools,
            documents=lambda other: heads.document(other, self.environment),
            today=self.today(),
            deployed=self.deployed,
            checks=self.checks,
        )
        found = check_document(key, merged, context)
        placed = (dataclasses.replace(one, where=one.where or _place(layers, one.pointer)) for one in found)
        return (*[next(placed) for _ in found[:_MOST_PLACED]], *found[_MOST_PLACED:])


class _Heads:
    """The newest version of each layer, with drafts in their places. Each is read once."""

    def __init__(self, known: KnownHeads, drafts: Sequence[Draft]) -> None:
        self._heads = known
        self._known: dict[Address, Layer | None] = {
            (draft.key, draft.layer): Layer(name=f"{draft.key}@{draft.layer}", number=0, content=draft.content)
            for draft in drafts
        }

    def layers(self, wanted: Sequence[Address]) -> list[Layer]:
        """Those of the addresses that are not empty, in their order."""
        unknown = [address for address in wanted if address not in self._known]
        if unknown:
            for address, head in zip(unknown, self._heads.heads(unknown), strict=True):
                self._known[address] = layer_of(head) if head is not None else None
        return [layer for address in wanted if (layer := self._known[address]) is not None]

    def document(self, key: str, environment: str) -> Content | None:
        """Merged content, None for what there is not or what does not merge."""
        layers = self.layers(layers_of(key, environment))
        try:
            return _merge(layers) if layers else None
        except InvalidError:
            return None


def refusal(problems: Sequence[Problem]) -> InvalidError:
    """The error of a draft that has these problems, warnings left out."""
    found = errors(problems)
    listed = "; ".join(f"{one.pointer}: {one.message}" if one.pointer else one.message for one in found)
    return InvalidError(listed, fix=found[0].fix, problems=found)


def told(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """What the author of a draft that is stored should know."""
    return warnings(problems)


def _merge(layers: Sequence[Layer]) -> Content:
    merged: Content = {}
    for layer in layers:
        merged = merge(merged, layer.content, where=layer.name)
    return merged


def _place(layers: Sequence[Layer], pointer: str) -> str:
    """The layer that says what a pointer names, or what is around it; "" when none says any of it."""
    while pointer:
        try:
            return _shown(explain(layers, pointer).layer)
        except (NotFoundError, InvalidError):
            pointer = pointer.rpartition("/")[0]
    return ""


def _shown(name: str) -> str:
    key, _, layer = name.partition("@")
    return _where(key, layer) if layer else name


def _where(key: str, layer: str) -> str:
    return f"{key} ({layer})"
