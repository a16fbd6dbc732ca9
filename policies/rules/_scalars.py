"""Scalars as programs write them: a switch or a number may come as text, a list may be a single value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._resource import UNKNOWN

if TYPE_CHECKING:
    from ._resource import Resource, Value


def is_true(value: Value) -> bool:
    """Whether a switch is on, as a boolean or as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def amount(value: Value) -> float | None:
    """A number, also one written as text; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The known texts of a list, and whether others are unknown."""

    values: tuple[str, ...]
    unknown: bool


def texts(resource: Resource, path: str) -> Texts:
    """The texts at a path, which may be a list of them or a single one."""
    value = resource.peek(path)
    if value is UNKNOWN:
        return Texts(values=(), unknown=True)
    if isinstance(value, str):
        return Texts(values=(value,), unknown=False)
    if not isinstance(value, Sequence) or isinstance(value, Mapping):
        return Texts(values=(), unknown=False)
    found = [resource.peek(f"{path}.{place}") for place in range(len(value))]
    return Texts(values=tuple(one for one in found if isinstance(one, str)), unknown=UNKNOWN in found)
