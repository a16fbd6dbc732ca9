"""Holds the inputs of a resource against the annotations of the installed SDK.

Mocks check nothing, so a misspelt key of a nested dict, or a list where one object is due, would pass a plan and fail
in the cloud. What is unknown fits everything; so does what the SDK does not describe.
"""

from __future__ import annotations

import difflib
import json
import types
import typing
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final, Literal

from pulumi import Archive, Asset, Output
from pulumi._types import is_input_type
from pulumi.runtime.rpc import UNKNOWN, _special_secret_sig, _special_sig_key

from .sdk_classes import arguments_of, properties, required

# What a provider's check and the engine add, beside what the SDK lets a program set.
_FREE: Final = frozenset({"tagsAll", "version", "pluginDownloadURL"})
_PROVIDER: Final = "pulumi:providers:"
_WORDS: Final = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one property. The message holds no value, which may be a secret."""

    path: str  # dotted; a number is a place in a list
    kind: Literal["unknown", "missing", "type"]
    message: str


def problems(token: str, inputs: Mapping[str, object]) -> Iterator[Problem]:
    """What the type does not take, what it lacks and what has another type than it takes; by path.

    Nothing for types that the SDK does not describe.
    """
    arguments = arguments_of(token)
    if arguments is not None:
        # A provider takes structures, numbers and switches as JSON text.
        given = _decoded(arguments, inputs) if token.startswith(_PROVIDER) else inputs
        yield from _object(arguments, given, "")


def unknown_properties(token: str, inputs: Mapping[str, object]) -> Iterator[str]:
    """Paths of the inputs that the type does not take."""
    yield from (one.path for one in problems(token, inputs) if one.kind == "unknown")


def _object(kind: type, given: Mapping[str, object], path: str) -> Iterator[Problem]:
    known = properties(kind)
    for name in required(kind):
        if given.get(name) is None:
            yield Problem(path=f"{path}{name}", kind="missing", message=f"{path}{name} is missing")
    for name, value in sorted(given.items()):
        where = f"{path}{name}"
        if name in known:
            yield from _value(known[name], value, where)
        elif name not in _FREE and not name.startswith("__"):
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield Problem(path=where, kind="unknown", message=f"{where} is no property{meant}")


def _value(annotation: object, value: object, path: str) -> Iterator[Problem]:
    value = _plain(value)
    choices = _choices(annotation)
    if value is None or value == UNKNOWN or not choices:
        return
    fitting = [one for one in choices if _shaped(one, value)]
    if not fitting:
        due = " or ".join(sorted({_word(one) for one in choices}))
        yield Problem(path=path, kind="type", message=f"{path} is {_found(value)}, {due} is due")
        return
    found = [list(_inside(one, value, path)) for one in fitting]
    yield from min(found, key=len)  # the best of several shapes


def _inside(kind: object, value: object, path: str) -> Iterator[Problem]:
    """What is wrong inside of a value that has the right shape."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(value, Mapping):
        if isinstance(kind, type) and is_input_type(kind):
            yield from _object(kind, value, f"{path}.")
        elif origin in _MAPS and arguments:
            for name, one in sorted(value.items()):
                yield from _value(arguments[-1], one, f"{path}.{name}")
    elif isinstance(value, list) and origin in _LISTS and arguments:
        for place, one in enumerate(value):
            yield from _value(arguments[0], one, f"{path}.{place}")


_MAPS: Final = (dict, Mapping)
_LISTS: Final = (list, Sequence)


@cache
def _choices(annotation: object) -> tuple[object, ...]:
    """What a value may be; empty where anything may. What stands for a later value is the value's own type."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if not _stands_for_another(part)]
        inner = [_choices(part) for part in parts]
        return tuple(dict.fromkeys(one for each in inner for one in each)) if all(inner) else ()
    return (annotation,) if _is_described(annotation) else ()


def _stands_for_another(part: object) -> bool:
    origin = typing.get_origin(part)
    return part in (type(None), Output) or origin in (Output, Awaitable) or typing.is_typeddict(part)


def _is_described(kind: object) -> bool:
    if typing.get_origin(kind) in (*_MAPS, *_LISTS, Literal):
        return True
    if not isinstance(kind, type):
        return False
    return kind in _WORDS or is_input_type(kind) or issubclass(kind, (Enum, Asset, Archive))


def _shaped(kind: object, value: object) -> bool:  # noqa: PLR0911 - one answer a kind
    """Whether a value is of a kind, whatever is inside of it."""
    origin = typing.get_origin(kind)
    if origin is Literal:
        return value in typing.get_args(kind)
    if origin in _LISTS:
        return isinstance(value, list)
    if origin in _MAPS:
        return isinstance(value, Mapping) and _special_sig_key not in value
    if not isinstance(kind, type):
        return True
    if is_input_type(kind):
        return isinstance(value, Mapping) and _special_sig_key not in value
    if issubclass(kind, Enum):
        return value in [one.value for one in kind]  # a list is no member of a set
    if issubclass(kind, (Asset, Archive)):
        return isinstance(value, Mapping) and _special_sig_key in value
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if isinstance(value, float):  # on the wire every number is one
        return kind is float or (kind is int and value.is_integer())
    return isinstance(value, kind) or (kind is float and isinstance(value, int))


def _word(kind: object) -> str:
    if typing.get_origin(kind) is Literal:
        return " or ".join(str(one) for one in typing.get_args(kind))
    if typing.get_origin(kind) in _LISTS:
        return "a list"
    if not isinstance(kind, type):
        return "an object"
    if issubclass(kind, Enum):
        return " or ".join(str(one.value) for one in kind)
    return "a file or an archive" if issubclass(kind, (Asset, Archive)) else _WORDS.get(kind, "an object")


def _found(value: object) -> str:
    if isinstance(value, Mapping):
        return "a file, an archive or a resource" if _special_sig_key in value else "an object"
    return "a list" if isinstance(value, list) else _WORDS.get(type(value), "something else")


def _plain(value: object) -> object:
    """The value inside of a secret."""
    if isinstance(value, Mapping) and value.get(_special_sig_key) == _special_secret_sig:
        return value.get("value")
    return value


def _decoded(arguments: type, inputs: Mapping[str, object]) -> dict[str, object]:
    known = properties(arguments)
    return {
        name: value if str in _choices(known.get(name)) else _from_json(_plain(value)) for name, value in inputs.items()
    }


def _from_json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) and value != UNKNOWN else value
    except ValueError:
        return value  # then it has the wrong type, and is named
