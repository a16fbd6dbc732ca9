"""What every document is held to, in whatever format it comes, and when two values are the same."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from agents.configuration.json_pointer import pointer
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from agents.json_value import Json

MAX_DEPTH: Final = 64
MAX_NODES: Final = 20_000  # values of any kind; what holds more is data, not configuration
MAX_INTEGER: Final = 2**63 - 1  # what TOML promises to keep, and every store can
MAX_PROBLEMS: Final = 20  # of one document: nobody mends more at a time

TOO_DEEP: Final = f"nests deeper than {MAX_DEPTH} levels"
TOO_MANY: Final = f"holds more than {MAX_NODES:,} values"
FLATTEN: Final = "Flatten it."
SPLIT: Final = "Split it, or keep data out of configuration."

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_WHOLE: Final = "Use the whole character."
_Path: TypeAlias = "tuple[_Path, str | int] | None"  # from the inside out: cheap to make, read when something is wrong


def check_content(content: Json, *, where: str = "", positions: Mapping[str, tuple[int, int]] | None = None) -> None:
    """Raises InvalidError with every problem of a value that is not the same in JSON, YAML and TOML.

    `positions` gives line and column of pointers, for the problems' `where`.
    """
    problems = tuple(
        Problem(
            code="invalid",
            message=message,
            pointer=at,
            where=place(where, (positions or {}).get(at)),
            fix=fix,
        )
        for at, message, fix in _faults(content)
    )
    if problems:
        raise refusal(problems)


def is_plain(content: Json) -> bool:
    """Whether `check_content` would find nothing; quicker, because it names nothing."""
    return next(_faults(content), None) is None


def refusal(problems: tuple[Problem, ...]) -> InvalidError:
    """The one error of several problems."""
    listed = "; ".join(f"{problem.where or problem.pointer or '/'}: {problem.message}" for problem in problems)
    return InvalidError(f"the document cannot be used: {listed}", fix=problems[0].fix, problems=problems)


def place(where: str, position: tuple[int, int] | None) -> str:
    """`file:line:column`, of which only what is known."""
    known = [where] if where else []
    return ":".join([*known, *([str(number) for number in position] if position else [])])


def identical(one: Json, other: Json) -> bool:
    """Whether both have the same canonical JSON: 1, 1.0 and true are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(identical(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(identical, one, other))
    return one == other


def token(value: Json) -> Hashable:
    """What is equal exactly when two values are identical, for sets and as a name in maps."""
    if isinstance(value, dict):
        return dict, frozenset([(name, token(inner)) for name, inner in value.items()])
    return (list, tuple([token(inner) for inner in value])) if isinstance(value, list) else (type(value), value)


def copied(value: Json) -> Json:
    """The same value in maps and lists of its own."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def count(value: Json) -> int:
    """How many values there are, the value itself and those inside; stops counting above MAX_NODES."""
    waiting: list[Json] = [value]
    found = 0
    while waiting and found <= MAX_NODES:
        found += 1
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def _faults(content: Json) -> Iterator[tuple[str, str, str]]:
    """Pointer, problem and fix of each; not recursive, because depth is one of the problems."""
    waiting: list[tuple[Json, _Path, int]] = [(content, None, 1)]
    nodes = found = 0
    while waiting and found < MAX_PROBLEMS:
        value, path, depth = waiting.pop()
        nodes += 1
        if nodes > MAX_NODES:
            yield "", TOO_MANY, SPLIT
            return
        fault = _fault(value)
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                fault = TOO_DEEP, FLATTEN
            else:
                inside = value.items() if isinstance(value, dict) else enumerate(value)
                waiting.extend(reversed([(inner, (path, name), depth + 1) for name, inner in inside]))
        if fault:
            found += 1
            yield _pointer(path), *fault


def _fault(value: Json) -> tuple[str, str] | None:
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            return "half a surrogate pair is not text", _WHOLE
    elif isinstance(value, float):
        return _float_fault(value)
    elif type(value) is int:
        if not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
            return "an integer has at most 64 bits", "Put it in quotes."
    elif isinstance(value, dict) and not (names := "\n".join(value)).isascii() and _SURROGATE.search(names):
        return "a name in it has half a surrogate pair, which is not text", _WHOLE
    return None


def _float_fault(value: float) -> tuple[str, str] | None:
    if not math.isfinite(value):
        return "NaN, Infinity and what is too large for a number are not JSON", "Use a finite number or null."
    if value == 0 and math.copysign(1, value) < 0:
        return "-0.0 is not the same number everywhere", "Write 0.0."
    return None


def _pointer(path: _Path) -> str:
    names: list[str | int] = []
    while path:
        path, name = path
        names.append(name)
    return pointer(reversed(names))
