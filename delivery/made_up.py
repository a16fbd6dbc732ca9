"""Outputs for a run in which everything is known, so that what waits for outputs runs too: `recorder.record` says why.

They have the types that the SDK says and mean nothing.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # published without stubs
from pulumi._types import is_output_type, output_type_types, resource_types

from .sdk_classes import class_of

_ARN: Final = "arn:aws:made-up:us-east-1:000000000000:made-up"
_TEXT: Final = "made-up"
_DEPTH: Final = 4  # nested types may contain themselves
_SCALARS: Final = {str: _TEXT, bool: False, int: 1, float: 1.0}


@cache
def outputs_of(token: str) -> struct_pb2.Struct:
    """A value for each output of a resource type."""
    made = struct_pb2.Struct()
    kind = class_of(token)
    if kind is not object:
        made.update(_object(resource_types(kind), 0))
    return made


def _object(kinds: Mapping[str, object], depth: int) -> dict[str, object]:
    values = {name: _value(name, kind, depth) for name, kind in kinds.items() if name != "urn"}
    return {name: value for name, value in values.items() if value is not None}


def _value(name: str, kind: object, depth: int) -> object:
    """A value of an annotation; None where it is too deep or of no kind that is known."""
    if depth > _DEPTH:
        return None
    if isinstance(kind, type):
        return _object(output_type_types(kind), depth + 1) if is_output_type(kind) else _scalar(name, kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (dict, Mapping):
        return {}
    made = (_value(name, part, depth + 1) for part in arguments)
    first = next((one for one in made if one is not None), None)
    return ([] if first is None else [first]) if origin in (list, Sequence) else first


def _scalar(name: str, kind: type) -> object:
    return _ARN if kind is str and name.lower().endswith("arn") else _SCALARS.get(kind)
