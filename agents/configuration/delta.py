"""A content as its difference from another: how a store keeps a thousand versions of which each changed a little.

A delta is a JSON list of edits, each `[path, value]` to set, `[path]` to take away, or `[path, at, count, part]` to
replace `count` characters of a text, or items of a list, from `at` on.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

from agents.configuration.documents import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agents.configuration.documents import Content
    from agents.json_value import Json

_Path: TypeAlias = "list[str | int]"
_Edit: TypeAlias = "list[Json]"
_V = TypeVar("_V", bound="Sequence[Json]")
_TAKE: Final = 1  # parts of an edit that takes away
_SET: Final = 2
_DEEPEST: Final = 100  # nodes above an edit: a reader has less stack left than the writer had, maybe


def delta(old: Content, new: Content) -> str | None:
    """What makes `new` of `old`; None when it would not give `new` to the last digit."""
    try:
        edits = list(_edits(old, new, []))
        text = json.dumps(edits, separators=(",", ":"), ensure_ascii=False)
        return text if canonical(apply(old, text)) == canonical(new) else None
    except RecursionError:
        return None


def apply(content: Content, text: str) -> Content:
    """What a delta makes of a content. The result shares with it all that did not change; neither may be altered."""
    result: Json = content
    for edit in json.loads(text):
        result = _with(result, edit[0], 0, edit)
    return cast("Content", result)


def _edits(old: Json, new: Json, path: _Path) -> Iterator[_Edit]:
    where = cast("Json", path)
    if len(path) > _DEEPEST:
        raise RecursionError
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() - new.keys():
            yield [[*path, key]]
        for key, value in new.items():
            if key in old:
                yield from _edits(old[key], value, [*path, key])
            else:
                yield [[*path, key], value]
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_edits(old, new, path)
    elif isinstance(old, str) and isinstance(new, str):
        if old != new:
            start, end = _common(old, new)
            part = new[start : len(new) - end]
            shorter = len(part) + 8 < len(new)
            yield [where, start, len(old) - start - end, part] if shorter else [where, new]
    elif not _same(old, new):
        yield [where, new]


def _list_edits(old: list[Json], new: list[Json], path: _Path) -> Iterator[_Edit]:
    if len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _edits(before, after, [*path, index])
        return
    start, end = _common(old, new)
    yield [cast("Json", path), start, len(old) - start - end, new[start : len(new) - end]]


def _common(old: _V, new: _V) -> tuple[int, int]:
    """How much both have in common at their beginning, and at their end."""
    most = min(len(old), len(new))
    start = _shared(old, new, most)
    return start, _shared(old[start:][::-1], new[start:][::-1], most - start)


def _shared(old: Sequence[Json], new: Sequence[Json], most: int) -> int:
    if isinstance(old, str):  # by halves: a prompt has many characters, and comparing texts costs nothing
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if old[low:middle] == new[low:middle] else (low, middle - 1)
        return low
    return next((index for index in range(most) if not _same(old[index], new[index])), most)


def _same(old: Json, new: Json) -> bool:
    """Equal as JSON: 1, 1.0 and true are three values, and so are 0.0 and -0.0."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return type(old) is type(new) and (repr(old) == repr(new) if isinstance(old, float) else old == new)


def _with(node: Json, path: Sequence[str | int], depth: int, edit: _Edit) -> Json:
    """The node with an edit below it: a copy of each node on the way, and of no other."""
    if depth == len(path):
        return _changed(node, edit)
    step = path[depth]
    if isinstance(node, list):
        items = node.copy()
        items[int(step)] = _with(items[int(step)], path, depth + 1, edit)
        return items
    copy, key = cast("Content", node).copy(), str(step)
    if depth + 1 == len(path) and len(edit) == _TAKE:
        del copy[key]
    elif key in copy:
        copy[key] = _with(copy[key], path, depth + 1, edit)
    else:
        copy[key] = edit[1]
        if any(before > after for before, after in pairwise(copy)):
            return dict(sorted(copy.items()))  # as in the canonical text
    return copy


def _changed(node: Json, edit: _Edit) -> Json:
    if len(edit) == _SET:
        return edit[1]
    _, at, count, part = cast("tuple[Json, int, int, Json]", tuple(edit))
    if isinstance(node, str):
        return node[:at] + cast("str", part) + node[at + count :]
    items = cast("list[Json]", node)
    return items[:at] + cast("list[Json]", part) + items[at + count :]
