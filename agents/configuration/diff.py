"""What changed between two contents, as edits that lead from the one to the other in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from agents.configuration.diff_lists import common
from agents.configuration.documents import canonical
from agents.configuration.json_pointer import below
from agents.configuration.json_values import identical
from agents.configuration.marks import is_reference
from agents.configuration.patch import apply_patch, merge_patch
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from agents.configuration.documents import Content
    from agents.json_value import Json

__all__ = ["Edit", "apply_patch", "as_patch", "diff", "merge_patch"]

Op: TypeAlias = Literal["add", "remove", "replace"]


@dataclass(frozen=True)
class Edit:
    """One change at an RFC 6901 path, as it is after the edits before it. `old` of an added value is None, and so is
    `new` of a removed one.
    """  # noqa: D205 - one sentence

    op: Op
    path: str
    old: Json
    new: Json


def diff(old: Json, new: Json) -> tuple[Edit, ...]:
    """The edits from `old` to `new`, none when they have the same digest. An item that enters a list is one edit."""
    try:
        return tuple(_between(old, new, ""))
    except RecursionError as error:
        raise InvalidError("the document nests too deep", fix="Flatten it.") from error


def as_patch(edits: Sequence[Edit]) -> list[Json]:
    """The edits as a JSON Patch."""
    return [
        {"op": edit.op, "path": edit.path}
        if edit.op == "remove"
        else {"op": edit.op, "path": edit.path, "value": edit.new}
        for edit in edits
    ]


def _between(old: Json, new: Json, path: str) -> Iterator[Edit]:
    if isinstance(old, dict) and isinstance(new, dict) and not is_reference(old) and not is_reference(new):
        yield from _maps(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path)
    elif not identical(old, new):
        yield Edit("replace", path, old, new)


def _maps(old: Content, new: Content, path: str) -> Iterator[Edit]:
    for name, value in old.items():
        if name not in new:
            yield Edit("remove", below(path, name), value, None)
    for name, value in new.items():
        if name in old:
            yield from _between(old[name], value, below(path, name))
        else:
            yield Edit("add", below(path, name), None, value)


def _lists(old: list[Json], new: list[Json], path: str) -> Iterator[Edit]:
    pairs = common([_key(item) for item in old], [_key(item) for item in new])
    at_old = at_new = 0
    # Between two items that stay, items at the same distance are taken as changed, the rest as gone or new.
    for next_old, next_new in (*pairs, (len(old), len(new))):
        changed = min(next_old - at_old, next_new - at_new)
        for offset in range(changed):
            yield from _between(old[at_old + offset], new[at_new + offset], below(path, at_new + offset))
        for gone in old[at_old + changed : next_old]:
            yield Edit("remove", below(path, at_new + changed), gone, None)
        for number in range(at_new + changed, next_new):
            yield Edit("add", below(path, number), None, new[number])
        at_old, at_new = next_old + 1, next_new + 1


def _key(item: Json) -> Hashable:
    """What is equal exactly when two items are identical."""
    return canonical({"": item}) if isinstance(item, dict | list) else (type(item), item)
