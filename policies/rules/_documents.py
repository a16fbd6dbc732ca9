"""IAM documents as they come: JSON text or an object, one statement or a list, one action or many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pulumi_policy.proxy import UnknownValueError

from ._conditions import keeps_strangers_out
from ._resource import NotKnownError

if TYPE_CHECKING:
    from ._resource import Resource, Value


class MalformedError(Exception):
    """The property holds something that is not an IAM document."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; what may be text or a list is always a tuple."""

    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] | None  # all actions but these; None where the statement lists its actions
    resources: tuple[str, ...]
    not_resources: tuple[str, ...] | None  # all resources but these
    principals: Mapping[str, tuple[str, ...]]  # AWS, Service, Federated -> who; `*` alone is under AWS
    not_principals: bool
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]  # operator, key in lower case, values as text
    everyone: bool  # whoever asks, by `*` or because `NotPrincipal` names some that are left out
    restricted: bool  # by a condition that keeps strangers out

    @property
    def name(self) -> str:
        """The statement in words, as a message says them."""
        return f"statement {self.sid}" if self.sid else "a statement"

    @property
    def granted(self) -> str:
        """The actions in words, as a message says them."""
        if self.not_actions is None:
            return ", ".join(self.actions)
        return f"all but {', '.join(self.not_actions) or 'nothing'}"


def statements(resource: Resource, path: str) -> Iterator[Statement]:
    """The statements of the document at the path, none when there is no document.

    Raises MalformedError; ends the rule as "not evaluated" when the document is unknown.
    """
    document = resource.known(path)
    if document is None:
        return
    try:
        yield from _of_text(document, path) if isinstance(document, str) else tuple(_statements(document, path))
    except UnknownValueError:
        raise NotKnownError(path) from None


@lru_cache(maxsize=256)
def _of_text(document: str, path: str) -> tuple[Statement, ...]:
    """Read once, however many rules ask."""
    return tuple(_statements(document, path))


def _statements(document: Value, path: str) -> Iterator[Statement]:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            raise MalformedError(f"{path} is not JSON") from None
    if not isinstance(document, Mapping):
        raise MalformedError(f"{path} is not a policy document")
    given = document.get("Statement")
    for one in [given] if isinstance(given, Mapping) else _list(given):
        if not isinstance(one, Mapping):
            raise MalformedError(f"{path} has a statement that is not an object")
        yield Statement(
            sid=str(one.get("Sid") or ""),
            allows=one.get("Effect") == "Allow",
            actions=_many(one.get("Action")),
            not_actions=_many(one.get("NotAction")) if "NotAction" in list(one) else None,
            resources=_many(one.get("Resource")),
            not_resources=_many(one.get("NotResource")) if "NotResource" in list(one) else None,
            principals=_by_kind(one.get("Principal")),
            not_principals="NotPrincipal" in list(one),
            conditions=tuple(_conditions(one.get("Condition"))),
            everyone="NotPrincipal" in list(one) or "*" in _principals(one.get("Principal")),
            restricted=keeps_strangers_out(one.get("Condition")),
        )


def _list(value: Value) -> Sequence[Value]:
    """The value if it is a list; IAM refuses what is none, with a better message."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _many(value: Value) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(one) for one in _list(value))


def _principals(value: Value) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(one for many in value.values() for one in _many(many))
    return _many(value) if isinstance(value, (str, Sequence)) else ()


def _by_kind(value: Value) -> dict[str, tuple[str, ...]]:
    if isinstance(value, Mapping):
        return {str(kind): _many(many) for kind, many in value.items()}
    return {"AWS": _many(value)} if isinstance(value, (str, Sequence)) else {}


def _conditions(value: Value) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if not isinstance(value, Mapping):
        return
    for operator, tests in value.items():
        if isinstance(tests, Mapping):
            for key, wanted in tests.items():
                values = wanted if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
                yield str(operator), str(key).lower(), tuple(str(one) for one in values)
