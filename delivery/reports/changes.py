"""What a stack changes against another revision: its blast radius."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from google.protobuf import (  # type: ignore[import-untyped]  # published without stubs
    json_format,
    struct_pb2,
)

from delivery.aliases import former_urns
from delivery.recorder import Recording, Registration

from .cost import estimate
from .grants import Difference, compare
from .properties import UNKNOWN, Edit, edits
from .replacements import Answer, replaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from delivery.plan import Plan

    from .snapshot import Json


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One that comes or goes."""

    urn: str
    type: str
    name: str
    kept: str  # why it would not simply be deleted: `protected`, `retained`, or empty


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One that stays, with what differs."""

    urn: str
    type: str
    name: str
    was: str  # the URN that an alias continues, empty where it is the same
    kept: str
    edits: tuple[Edit, ...]
    replaced: Answer
    forced_by: tuple[str, ...]  # paths that replace it, or that may


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A policy's finding that came or went."""

    rule: str
    urn: str
    what: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Everything that differs, each list in the order of the plan."""

    stack: str
    revision: str
    notes: tuple[str, ...]
    added: tuple[Resource, ...]
    removed: tuple[Resource, ...]
    changed: tuple[Changed, ...]
    iam: Difference
    new: tuple[Violation, ...]
    gone: tuple[Violation, ...]
    cost_before: str
    cost_after: str
    currency: str

    @property
    def replaced(self) -> tuple[Changed, ...]:
        return tuple(one for one in self.changed if one.replaced == "yes")

    @property
    def cost(self) -> str:
        """The difference with its sign, empty where there is none."""
        moved = Decimal(self.cost_after) - Decimal(self.cost_before)
        return f"{moved:+}" if moved else ""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def changes(before: Json | None, after: Json, plan: Plan, *, revision: str, notes: tuple[str, ...] = ()) -> Changes:
    """Compares two snapshots of a stack; without one before, everything is new."""
    was: Json = before or {"resources": [], "findings": []}
    old, new = _by_urn(was), _by_urn(after)
    continued = _continued(old, plan.recording)
    continues = {former: urn for urn, former in continued.items()}
    now = estimate(plan.recording)
    own = (f"the revision has no stack {plan.recording.stack.name}",) if before is None else ()
    return Changes(
        stack=plan.recording.stack.name,
        revision=revision,
        notes=(*own, *notes),
        added=tuple(_resource(one) for urn, one in new.items() if urn not in continued),
        removed=tuple(_resource(one) for urn, one in old.items() if urn not in continues),
        changed=tuple(
            found
            for urn, one in new.items()
            if urn in continued and (found := _changed(old[continued[urn]], one, continues))
        ),
        iam=compare(was, after, continues),
        new=_without(_violations(after, {}), _violations(was, continues)),
        gone=_without(_violations(was, continues), _violations(after, {})),
        cost_before=estimate(_recording(was, plan)).monthly,
        cost_after=now.monthly,
        currency=now.currency,
    )


def _by_urn(given: Json) -> dict[str, Json]:
    resources = given["resources"]
    return {str(one["urn"]): one for one in resources} if isinstance(resources, list) else {}


def _continued(old: Mapping[str, Json], recording: Recording) -> dict[str, str]:
    """URN -> the one before that it continues, by its own name or by an alias, as the engine decides it."""
    found: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for one in recording.registrations:
        if one.urn in old:
            found[one.urn] = one.urn
            continue
        former = next((urn for urn in former_urns(one, renamed) if urn in old), None)
        if former is not None:
            found[one.urn] = renamed[one.urn] = former
    return found


def _resource(one: Json) -> Resource:
    return Resource(urn=str(one["urn"]), type=str(one["type"]), name=str(one["name"]), kept=_kept(one))


def _kept(one: Json) -> str:
    return "protected" if one["protect"] else "retained" if one["retain"] else ""


def _changed(old: Json, new: Json, continues: Mapping[str, str]) -> Changed | None:
    found = (
        *edits(_map(old["inputs"]), _map(new["inputs"])),
        *_rewired(old, new, continues),
        *_options(old, new),
    )
    if not found:
        return None
    token = str(new["type"])
    answers = [(replaces(token, one.property), one.path) for one in found if one.property]
    answer: Answer = "no"
    for possible in ("yes", "unknown"):
        if any(each == possible for each, _ in answers):
            answer = "yes" if possible == "yes" else "unknown"
            break
    return Changed(
        urn=str(new["urn"]),
        type=token,
        name=str(new["name"]),
        was=str(old["urn"]) if old["urn"] != new["urn"] else "",
        kept=_kept(old),
        edits=found,
        replaced=answer,
        forced_by=tuple(path for each, path in answers if each == answer) if answer != "no" else (),
    )


def _rewired(old: Json, new: Json, continues: Mapping[str, str]) -> Iterator[Edit]:
    """Properties that are unknown on both sides, and now come from other resources."""
    before, after = _map(old["property_dependencies"]), _map(new["property_dependencies"])
    for name in sorted(before.keys() & after.keys()):
        values = [_map(one["inputs"]).get(name) for one in (old, new)]
        was = sorted(continues.get(str(urn), str(urn)) for urn in _list(before[name]))
        now = sorted(str(urn) for urn in _list(after[name]))
        if was != now and values[0] == values[1] and UNKNOWN in str(values[0]):
            yield Edit(path=name, property=name, before=_from(was), after=_from(now))


def _from(urns: list[str]) -> str:
    return f"(from {', '.join(urn.rpartition('::')[2] for urn in urns) or 'nothing'})"


def _options(old: Json, new: Json) -> Iterator[Edit]:
    """Options of the program, which no provider sees."""
    for name in ("protect", "retain", "type", "provider"):
        if old[name] != new[name]:
            before, after = (str(one[name]).rpartition("::")[2] for one in (old, new))
            yield Edit(path=f"({name})", property="", before=before, after=after)


def _violations(given: Json, continues: Mapping[str, str]) -> list[Violation]:
    findings = given["findings"]
    return [
        Violation(rule=one["rule"], urn=continues.get(one["urn"], one["urn"]), what=one["what"], message=one["message"])
        for one in (findings if isinstance(findings, list) else ())
    ]


def _without(ours: list[Violation], theirs: list[Violation]) -> tuple[Violation, ...]:
    """Ours that are not among theirs, each of which answers for one; words may differ."""
    left = [(one.rule, one.urn, one.what) for one in theirs]
    found = []
    for one in ours:
        key = (one.rule, one.urn, one.what)
        if key in left:
            left.remove(key)
        else:
            found.append(one)
    return tuple(found)


def _recording(given: Json, plan: Plan) -> Recording:
    """As much of a recording as an estimate reads."""
    return Recording(
        stack=plan.recording.stack,
        registrations=tuple(_registration(one) for one in _by_urn(given).values()),
        completed=frozenset(),
        assumed=(),
    )


def _registration(one: Json) -> Registration:
    inputs = struct_pb2.Struct()
    json_format.ParseDict(one["inputs"], inputs)
    return Registration(
        urn=str(one["urn"]),
        type=str(one["type"]),
        name=str(one["name"]),
        custom=bool(one["custom"]),
        parent=str(one["parent"]),
        provider=str(one["provider"]),
        inputs=inputs,
        dependencies=tuple(str(urn) for urn in _list(one["dependencies"])),
        property_dependencies={},
        protect=bool(one["protect"]),
        retain=bool(one["retain"]),
        ignore_changes=(),
        aliases=(),
        location=str(one["location"]),
    )


def _map(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
