"""What the operator roles may do: a table of role, action and kind of document. What is not in it is denied."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agents.access.decisions import Decision
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.decisions import Decisions
    from agents.access.principal import Principal


class Action(StrEnum):
    """What can be decided on; `scope` of a machine's key is the part before the colon."""

    ASK = "ask"
    RUN_TOOL = "ask:tool"
    QUERY = "ask:query"
    SIGN_IN = "sign_in"
    READ_CONFIG = "config:read"
    WRITE_CONFIG = "config:write"
    ACK = "config:ack"  # to say what an instance runs
    LABEL_CONFIG = "config:label"  # a protected label
    APPROVE_CONFIG = "config:approve"
    SEE_SELF = "access:self"
    EXPLAIN = "access:explain"
    MANAGE_KEYS = "access:keys"
    READ_AUDIT = "audit:read"

    @property
    def scope(self) -> str:
        return self.value.partition(":")[0]


ACCESS: Final = "access"  # the kind of documents that say who may do what; others must not change those
KEY: Final = "key"  # the kind of documents that hold machines' keys, which have an action of their own
SCHEMA: Final = "schema"  # the kind of schemas: who is judged by one should not be who writes it
ANY: Final = "*"  # every kind but the closed ones, which are granted by name or not at all
_CLOSED: Final = frozenset({ACCESS, KEY, SCHEMA})
_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")  # what is written in another way is no kind, and no document has it
_READER: Final[Mapping[Action, frozenset[str]]] = {Action.READ_CONFIG: frozenset({ANY, SCHEMA})}
_RUNNER: Final = {**_READER, Action.ACK: frozenset({ANY})}
_NO_KIND: Final = frozenset({""})

ROLE_ACTIONS: Final[Mapping[str, Mapping[Action, frozenset[str]]]] = {
    "viewer": _READER,
    "operator": {**_RUNNER, Action.WRITE_CONFIG: frozenset({ANY})},
    "operator-lead": {
        **_RUNNER,
        Action.WRITE_CONFIG: frozenset({ANY, SCHEMA}),
        Action.LABEL_CONFIG: frozenset({ANY, SCHEMA}),
        Action.APPROVE_CONFIG: frozenset({ANY, SCHEMA}),
    },
    "access-admin": {
        Action.READ_CONFIG: frozenset({ANY, ACCESS, SCHEMA}),
        Action.WRITE_CONFIG: frozenset({ACCESS}),
        Action.LABEL_CONFIG: frozenset({ACCESS}),
        Action.APPROVE_CONFIG: frozenset({ACCESS}),
        Action.EXPLAIN: _NO_KIND,
        Action.MANAGE_KEYS: _NO_KIND,
    },
    "auditor": {
        Action.READ_CONFIG: frozenset({ANY, ACCESS, SCHEMA}),
        Action.EXPLAIN: _NO_KIND,
        Action.READ_AUDIT: _NO_KIND,
    },
}
# An agent follows with a machine's key as a viewer: it says what it runs, of instances that nobody else speaks for, and
# publishes nothing. A person who only views runs nothing, and what such a one says would decide what has converged.
_MACHINE_ACTIONS: Final[Mapping[str, Mapping[Action, frozenset[str]]]] = {"viewer": _RUNNER}
_EVERYBODY: Final = frozenset({Action.SEE_SELF})


def allowing(who: Principal, action: Action, kind: str = "") -> str | None:
    """The rule that lets a principal do this, such as `role operator`; None when there is none.

    A machine's key narrows what its roles give to its scopes; a person has none. ASK and what is below it follow from
    the persona, and from the policy of the data: see `policy`.
    """
    if who.scopes is not None and action.scope not in who.scopes:
        return None
    if action in _EVERYBODY:
        return "everybody"
    if action.scope == Action.ASK:
        return f"persona {who.persona}" if who.persona else None
    table = ROLE_ACTIONS if who.scopes is None else {**ROLE_ACTIONS, **_MACHINE_ACTIONS}
    for role in sorted(who.roles):
        kinds = table.get(role, {}).get(action, frozenset())
        if (ANY if _is_open(kind) else kind) in kinds and kind != ANY:
            return f"role {role}"
    return None


def _is_open(kind: str) -> bool:
    return kind not in _CLOSED and _KIND.fullmatch(kind) is not None


def need(who: Principal, action: Action, resource: str, decisions: Decisions, *, kind: str = "") -> None:
    """Writes the decision down; raises ForbiddenError when nothing lets the principal do this."""
    rule = allowing(who, action, kind)
    decisions.record(Decision.of(who, action, resource, allowed=rule is not None, rule=rule or "default deny"))
    if rule is None:
        raise ForbiddenError("you may not do this", fix="Ask an administrator to add you to the group that may.")
