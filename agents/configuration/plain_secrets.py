"""Secrets that are written out in documents: refused in drafts, and masked in what was stored before they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.configuration.json_pointer import below, pointer
from agents.configuration.kinds import KINDS, hidden
from agents.configuration.marks import MARKS, is_reference
from agents.configuration.problems import invalid
from agents.configuration.references import MASK
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agents.configuration.deployed import AgentFacts
    from agents.configuration.documents import Content
    from agents.errors import Problem
    from agents.json_value import Json

_REFER: Final = (
    'Write { "$secret": "NAME" }, which names one of agents.secrets of the stack, and change the value that stood here.'
    " If it is no secret, call it by another name."
)
_READING: Final = frozenset({"move", "copy", "test"})  # the operations of RFC 6902 that depend on a value
_LEAVE_OUT: Final = "Take it out: only parameters of agents refer to secrets. If it is none, call it by another name."


def plain_secrets(key: str, layer: Content, agents: Mapping[str, AgentFacts]) -> Iterator[Problem]:
    """Secrets that are written out in a layer of a document, by the schema of its agent or by a name that tells.

    Of a layer and not of what is merged, because what a layer above covers is stored and shown all the same.
    """
    fix = _REFER if key.startswith("agent/") else _LEAVE_OUT
    tell = _written_out(key, agents)
    waiting: list[tuple[str, tuple[str, ...], Json]] = [("", (), layer)]  # not recursive, as `check_texts` is not
    while waiting:
        here, names, value = waiting.pop()
        if isinstance(value, dict | list) and not is_reference(value):
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [(below(here, one), names if one in MARKS else (*names, str(one)), held) for one, held in inner]
        elif tell(names, value):
            yield invalid("a secret is never written into a document", pointer=here, fix=fix)


def check_patch(key: str, base: Content, patch: Json, agents: Mapping[str, AgentFacts]) -> None:
    """Raises InvalidError for operations that would show what is masked: by a place of another name, or by a guess."""
    reading = [
        number
        for number, one in enumerate(patch if isinstance(patch, list) else [])
        if isinstance(one, dict) and one.get("op") in _READING
    ]
    if reading and any(plain_secrets(key, base, agents)):
        message = f"operation {reading[0]} of the patch reads a document in which a secret is written out"
        raise InvalidError(message, fix="Replace or remove the secret first, or send the whole document.")


def shown(key: str, value: Json, agents: Mapping[str, AgentFacts], *, at: tuple[str, ...] = ()) -> Json:
    """What may be shown of a document, or of the value at `at` in it: what was stored as `plain_secrets` is masked."""
    return _shown(value, at, _written_out(key, agents))


def _shown(value: Json, at: tuple[str, ...], tell: Callable[[tuple[str, ...], Json], bool]) -> Json:
    if is_reference(value):
        return value
    if isinstance(value, dict):
        return {name: _shown(one, at if name in MARKS else (*at, name), tell) for name, one in value.items()}
    if isinstance(value, list):
        return [_shown(one, (*at, str(number)), tell) for number, one in enumerate(value)]
    return MASK if tell(at, value) else value


def _written_out(key: str, agents: Mapping[str, AgentFacts]) -> Callable[[tuple[str, ...], Json], bool]:
    """Tells of a value by the names around it whether it is a secret. Flags are none, nor what a kind's form names."""
    kind = key.partition("/")[0]
    if kind in KINDS and kind != "agent":
        return lambda _names, _value: False
    masked = hidden(key, agents)

    def tell(names: tuple[str, ...], value: Json) -> bool:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return False
        return (kind != "agent" or names[:1] == ("parameters",)) and masked(pointer(names))

    return tell
