"""Who may do what in a stack, under which condition, and why: read from the documents that its program registers.

The reasons of a function's role are the calls that its code makes, what services then do on its behalf, what Lambda
does to run it, and what the statement itself says. Of another role's statements, and of denials, the reason stands
beside the statement.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal

from agents.contract import FUNCTIONS

from .boto_calls import reached
from .call_actions import Need, call_actions, exemptions
from .iam_reasons import reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .recorder import Recording, Registration

UNSAID: Final = "nobody says why: give the statement a why, and delivery/iam_reasons.py the role"
_ROLE: Final = "aws:iam/role:Role"
_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_FUNCTION: Final = "aws:lambda/function:Function"
_HANDLERS: Final = {function.name: function.handler for function in FUNCTIONS}


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action of one statement of one role."""

    role: str
    function: str  # logical; empty for a service's role
    statement: str
    effect: Literal["Allow", "Deny"]
    action: str
    resources: tuple[str, ...]
    condition: Mapping[str, object]
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An action that a function's role has for nothing (`granted`), or lacks (`called`)."""

    function: str
    kind: str
    action: str
    why: str  # the statement that grants it, or what needs it
    excuse: str  # why that is right; empty: it is not


@dataclass(frozen=True, kw_only=True)
class Report:
    """Every grant, in the order of the roles' names, and where grants and code differ."""

    stack: str
    grants: tuple[Grant, ...]
    differences: tuple[Difference, ...]

    @property
    def wrong(self) -> tuple[Difference, ...]:
        """The differences that nothing excuses."""
        return tuple(one for one in self.differences if not one.excuse)

    def as_json(self) -> dict[str, object]:
        """As `qm iam -o json` prints it."""
        return {
            "stack": self.stack,
            "grants": [asdict(one) for one in self.grants],
            "differences": [asdict(one) for one in self.differences],
        }


def report(recording: Recording) -> Report:
    """The report of a recorded program. Raises InvalidError for code whose calls cannot be followed."""
    functions = _functions(recording)
    needs = {role: tuple(_needs(function, recording)) for role, function in functions.items()}
    grants: list[Grant] = []
    for role in sorted(recording.of_type(_ROLE), key=lambda one: str(one.values["name"])):
        function = _logical(functions[role.urn]) if role.urn in functions else ""
        grants += _grants(recording, role, function, needs.get(role.urn, ()))
    differences = [one for role, function in functions.items() for one in _differences(function, needs[role], grants)]
    return Report(
        stack=recording.stack.name,
        grants=tuple(grants),
        differences=tuple(sorted(differences, key=lambda one: (one.function, one.kind, one.action))),
    )


def unused_exemptions(differences: Sequence[Difference]) -> tuple[str, ...]:
    """The rows of the exceptions that excuse none of these."""
    found = {(one.function, one.kind, one.action) for one in differences}
    return tuple(" ".join(row) for row in exemptions() if row not in found)


def _functions(recording: Recording) -> dict[str, Registration]:
    """URN of a role -> the function that runs as it."""
    return {role: one for one in recording.of_type(_FUNCTION) for role in one.property_dependencies.get("role", ())}


def _logical(function: Registration) -> str:
    """The contract's name of a function: the last word of its resource's name."""
    return next((name for name in _HANDLERS if function.name.endswith(f"-{name}")), function.name)


def _needs(function: Registration, recording: Recording) -> Iterator[Need]:
    yield from call_actions().needs(reached(str(function.values["handler"])))
    physical = function.values.get("name")
    for hosting in call_actions().hosting:
        about = [one for one in recording.of_type(hosting.type) if physical in _names(one)]
        if any(_holds(one, hosting.property, hosting.value) for one in about):
            yield from (Need(action=action, why=hosting.why) for action in hosting.actions)


def _names(one: Registration) -> tuple[object, ...]:
    """The function that a resource is, or is about."""
    return (one.values.get("name") if one.type == _FUNCTION else one.values.get("functionName"),)


def _holds(one: Registration, path: str, value: str | None) -> bool:
    found: object = one.values
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return bool(found) if value is None else found == value


def _statements(recording: Recording, role: str) -> Iterator[Mapping[str, object]]:
    for policy in recording.of_type(_POLICY):
        if role in policy.property_dependencies.get("role", ()):
            yield from json.loads(str(policy.values["policy"]))["Statement"]


def _grants(recording: Recording, role: Registration, function: str, needs: Sequence[Need]) -> Iterator[Grant]:
    for statement in _statements(recording, role.urn):
        denies = statement["Effect"] == "Deny"
        for action in _list(statement["Action"]):
            condition = statement.get("Condition", {})
            yield Grant(
                role=str(role.values["name"]),
                function=function,
                statement=str(statement["Sid"]),
                effect="Deny" if denies else "Allow",
                action=action,
                resources=tuple(_list(statement["Resource"])),
                condition=condition if isinstance(condition, dict) else {},
                why=_why(function, action, needs) + _aside(function, statement)
                if function and not denies
                else (_said(role, statement),),
            )


def _why(function: str, action: str, needs: Sequence[Need]) -> tuple[str, ...]:
    found = dict.fromkeys(f"{one.why}, {one.where}" if one.where else one.why for one in needs if one.action == action)
    excuse = exemptions().get((function, "granted", action), "nothing was found that needs it")
    return tuple(found) or (excuse,)


def _aside(function: str, statement: Mapping[str, object]) -> tuple[str, ...]:
    """What a statement of a function says beside what its code calls."""
    said = reasons().get((function, str(statement["Sid"])))
    return (said,) if said else ()


def _differences(function: Registration, needs: Sequence[Need], grants: Sequence[Grant]) -> Iterator[Difference]:
    """What a role has and its function does not need, and the other way round."""
    name = _logical(function)
    granted = {one.action: one.statement for one in grants if one.function == name and one.effect == "Allow"}
    needed = {one.action: f"{one.why} {one.where}".strip() for one in reversed(needs)}
    differing = [("granted", action, granted[action]) for action in granted.keys() - needed.keys()]
    differing += [("called", action, needed[action]) for action in needed.keys() - granted.keys()]
    for kind, action, why in differing:
        excuse = exemptions().get((name, kind, action), "")
        yield Difference(function=name, kind=kind, action=action, why=why, excuse=excuse)


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _said(role: Registration, statement: Mapping[str, object]) -> str:
    purpose = str(role.values["name"]).split("-")[1]  # a purpose has no hyphen
    return reasons().get((purpose, str(statement["Sid"])), UNSAID)
