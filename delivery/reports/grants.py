"""What roles may do more, or less, than before: statements compared action by action and resource by resource."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .snapshot import Json

_ROLE: Final = "aws:iam/role:Role"
_INLINE: Final = "aws:iam/rolePolicy:RolePolicy"
_ATTACHED: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_EXACT: Final = ("notaction:", "notresource:")
_WHO: Final = "sts:AssumeRole"  # every way to take on a role, in a word


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """One action on one resource. A managed policy is the action `policy`; who may take on the role is a resource."""

    role: str  # its resource's name in the program
    effect: str  # Allow, Deny
    action: str
    resource: str
    condition: str  # JSON text, empty without one


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How permissions moved; `unclear` holds roles with a document that is unknown before the resources exist."""

    widened: tuple[Grant, ...]
    narrowed: tuple[Grant, ...]
    changed: tuple[Grant, ...]  # under another condition than before, which may be either
    unclear: tuple[str, ...]


def compare(before: Json, after: Json, continues: Mapping[str, str]) -> Difference:
    """The difference between two snapshots; `continues` leads from a URN before to the one that it is now."""
    old, old_unclear = _grants(before, continues)
    new, new_unclear = _grants(after, {})
    gained = [one for one in sorted(new - old) if not _covered(one, old)]
    lost = [one for one in sorted(old - new) if not _covered(one, new)]
    moved = {_bare(one) for one in gained if one.condition} & {_bare(one) for one in lost if one.condition}
    more = [one for one in gained if _bare(one) not in moved]
    less = [one for one in lost if _bare(one) not in moved]
    return Difference(
        widened=tuple(sorted((*_of(more, "Allow"), *_of(less, "Deny")))),
        narrowed=tuple(sorted((*_of(less, "Allow"), *_of(more, "Deny")))),
        changed=tuple(one for one in gained if _bare(one) in moved),
        unclear=tuple(sorted(old_unclear | new_unclear)),
    )


def _of(grants: Iterable[Grant], effect: str) -> Iterator[Grant]:
    return (one for one in grants if one.effect == effect)


def _bare(one: Grant) -> tuple[str, ...]:
    return (one.role, one.effect, one.action.lower(), one.resource)


def _covered(one: Grant, others: Iterable[Grant]) -> bool:
    """Whether others say as much: the same effect, wider patterns, and no condition or the same."""
    return any(
        (each.role, each.effect) == (one.role, one.effect)
        and each.condition in ("", one.condition)
        and _fits(one.action.lower(), each.action.lower())
        and _fits(one.resource, each.resource)
        for each in others
    )


def _fits(text: str, pattern: str) -> bool:
    """IAM's `*` and `?`; its brackets are plain characters, and what a `Not...` leaves is no pattern's."""
    if text == pattern:
        return True
    exact = any(one.lower().startswith(_EXACT) for one in (text, pattern))
    return not exact and fnmatchcase(text, pattern.replace("[", "[[]"))


def _grants(given: Json, continues: Mapping[str, str]) -> tuple[set[Grant], set[str]]:
    found: set[Grant] = set()
    unclear: set[str] = set()
    resources = given["resources"]
    for one in resources if isinstance(resources, list) else ():
        inputs = one["inputs"]
        if one["type"] == _ROLE:
            role = _label(continues.get(one["urn"], one["urn"]))
            documents = [(_trust, inputs.get("assumeRolePolicy"))]
            documents += [(_statement, each.get("policy")) for each in _maps(inputs.get("inlinePolicies"))]
            found |= {_managed(role, arn) for arn in _list(inputs.get("managedPolicyArns"))}
        elif one["type"] in {_INLINE, _ATTACHED}:
            owners = one["property_dependencies"].get("role") or [str(inputs.get("role"))]
            role = _label(continues.get(owners[0], owners[0]))
            documents = [(_statement, inputs.get("policy"))] if one["type"] == _INLINE else []
            found |= {_managed(role, str(inputs.get("policyArn")))} if one["type"] == _ATTACHED else set()
        else:
            continue
        for read, document in documents:
            statements = _statements(document)
            if statements is None:
                unclear.add(role)
                continue
            for statement in statements:
                found |= set(read(role, statement))
    return found, unclear


def _statements(document: object) -> list[dict[str, object]] | None:
    try:
        parsed = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return None
    if not isinstance(parsed, dict):
        return None
    statements = parsed.get("Statement", [])
    return _maps(statements if isinstance(statements, list) else [statements])


def _statement(role: str, given: dict[str, object]) -> Iterator[Grant]:
    """`NotAction` and `NotResource` keep their word, so that they equal only themselves."""
    for action in _worded(given, "Action"):
        for resource in _worded(given, "Resource"):
            yield _grant(role, given, action, resource)


def _trust(role: str, given: dict[str, object]) -> Iterator[Grant]:
    who = given.get("Principal", given.get("NotPrincipal"))
    named = who if isinstance(who, dict) else {"": who}
    for kind, principals in sorted(named.items()):
        for principal in _list(principals):
            yield _grant(role, given, _WHO, f"{kind}:{principal}".lstrip(":"))


def _grant(role: str, given: dict[str, object], action: str, resource: str) -> Grant:
    condition = given.get("Condition")
    return Grant(
        role=role,
        effect=str(given.get("Effect", "Allow")),
        action=action,
        resource=resource,
        condition=json.dumps(condition, sort_keys=True) if condition else "",
    )


def _managed(role: str, arn: str) -> Grant:
    return Grant(role=role, effect="Allow", action="policy", resource=arn, condition="")


def _worded(given: dict[str, object], word: str) -> list[str]:
    if f"Not{word}" in given:
        return [f"Not{word}:{one}" for one in _list(given[f"Not{word}"])]
    return _list(given.get(word, "*"))


def _list(value: object) -> list[str]:
    if value is None:
        return []
    return sorted(str(one) for one in value) if isinstance(value, list) else [str(value)]


def _maps(value: object) -> list[dict[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _label(urn: str) -> str:
    return urn.rpartition("::")[2]
