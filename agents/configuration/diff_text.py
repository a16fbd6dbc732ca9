"""A diff for people: edits line by line, unified, and side by side; secrets stay hidden.

A reference such as `{$secret: name}` is shown, because it holds no secret. A value of a field that is of secret type
is shown as `***`; the caller says which fields are, by pointer.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from agents.configuration.diff_lists import common
from agents.configuration.formats import dump
from agents.configuration.json_pointer import below
from agents.configuration.json_values import identical
from agents.configuration.marks import is_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agents.configuration.diff import Edit
    from agents.configuration.documents import Content
    from agents.json_value import Json

Hidden: TypeAlias = "Callable[[str], bool]"  # whether the field at a pointer is of secret type
Row: TypeAlias = "tuple[str, str, str]"  # ' ', '-', '+' or '~', and the line of each side

MASK: Final = "***"
CHANGED: Final = "*** (changed)"
_CONTEXT: Final = 3
_SIGNS: Final = {"add": "+", "remove": "-", "replace": "~"}
_SHOWN: Final = 200  # characters of a value in a line


def no_secret(pointer: str) -> bool:  # noqa: ARG001 - the answer is the same for each
    """For documents without fields of secret type."""
    return False


def masked(content: Json, secret: Hidden, *, pointer: str = "", before: Json = None) -> Json:
    """The content with each secret as `***`, or as `*** (changed)` where it is not what it was `before`."""
    if is_reference(content):
        return content
    if secret(pointer):
        return MASK if before is None or identical(content, before) else CHANGED
    if isinstance(content, dict):
        known = before if isinstance(before, dict) else {}
        return {
            name: masked(inner, secret, pointer=below(pointer, name), before=known.get(name))
            for name, inner in content.items()
        }
    if isinstance(content, list):
        items = before if isinstance(before, list) and len(before) == len(content) else [None] * len(content)
        return [
            masked(inner, secret, pointer=below(pointer, number), before=items[number])
            for number, inner in enumerate(content)
        ]
    return content


def masked_edits(edits: Sequence[Edit], secret: Hidden) -> tuple[Edit, ...]:
    """The edits with their secrets hidden, for whatever shows or sends them."""
    return tuple(
        replace(edit, old=_hidden(edit.old, edit.path, secret), new=_hidden(edit.new, edit.path, secret))
        for edit in edits
    )


def as_text(edits: Sequence[Edit], *, secret: Hidden = no_secret) -> str:
    """A line for each edit: `~ /limits/turns: 4 -> 6`."""
    return "".join(f"{_line(edit)}\n" for edit in masked_edits(edits, secret))


def unified(old: Content, new: Content, *, names: tuple[str, str] = ("old", "new"), secret: Hidden = no_secret) -> str:
    """Both contents as YAML, as a unified diff; empty when they are the same."""
    hunks = _hunks(list(_rows(old, new, secret)))
    if not hunks:
        return ""
    lines = [f"--- {names[0]}", f"+++ {names[1]}"]
    for start_old, start_new, rows in hunks:
        count_old = sum(sign != "+" for sign, _, _ in rows)
        count_new = sum(sign != "-" for sign, _, _ in rows)
        lines.append(f"@@ -{start_old},{count_old} +{start_new},{count_new} @@")
        lines += [f"{sign}{right if sign == '+' else left}" for sign, left, right in rows]
    return "\n".join(lines) + "\n"


def side_by_side(old: Content, new: Content, *, width: int, secret: Hidden = no_secret) -> str:
    """Both contents as YAML next to each other in lines of at most `width` columns; `~` marks what changed."""
    column = max((width - 3) // 2, 8)
    shown = []
    for sign, left, right in _paired(list(_rows(old, new, secret))):
        shown.append(f"{_fitted(left, column)} {sign} {_cut(right, column)}".rstrip())
    return "\n".join(shown) + "\n"


def _hidden(value: Json, path: str, secret: Hidden) -> Json:
    """A value as it may be shown; also one inside a secret is one."""
    if value is None or is_reference(value):
        return value
    above = path
    while above:
        if secret(above):
            return MASK
        above = above.rpartition("/")[0]
    return MASK if secret("") else masked(value, secret, pointer=path)


def _line(edit: Edit) -> str:
    old, new = _short(edit.old), _short(edit.new)
    said = {"add": new, "remove": old, "replace": f"{old} -> {new}"}[edit.op]
    return f"{_SIGNS[edit.op]} {edit.path or '/'}: {said}"


def _short(value: Json) -> str:
    said = value if value == MASK else json.dumps(value, ensure_ascii=False)
    return said if len(said) <= _SHOWN else f"{said[: _SHOWN - 1]}…"


def _rows(old: Content, new: Content, secret: Hidden) -> Iterator[Row]:
    """Each line of either: ' ' of both, '-' of the old, '+' of the new."""
    left = _shown(masked(old, secret)).splitlines()  # type: ignore[arg-type]  # a map stays one, unless it is all secret
    right = _shown(masked(new, secret, before=old)).splitlines()  # type: ignore[arg-type]  # as above
    at_left = at_right = 0
    for next_left, next_right in (*common(left, right), (len(left), len(right))):
        yield from (("-", line, "") for line in left[at_left:next_left])
        yield from (("+", "", line) for line in right[at_right:next_right])
        if next_left < len(left):
            yield " ", left[next_left], right[next_right]
        at_left, at_right = next_left + 1, next_right + 1


def _shown(content: Content) -> str:
    return dump(content, "yaml") if content else ""


def _hunks(rows: list[Row]) -> list[tuple[int, int, list[Row]]]:
    """Groups of rows around what changed, with the number of their first line on each side."""
    near: set[int] = set()
    for number, (sign, _, _) in enumerate(rows):
        if sign != " ":
            near.update(range(max(number - _CONTEXT, 0), min(number + _CONTEXT + 1, len(rows))))
    hunks: list[tuple[int, int, list[Row]]] = []
    line_old = line_new = 1
    for number, row in enumerate(rows):
        if number in near:
            if number - 1 not in near:
                hunks.append((line_old, line_new, []))
            hunks[-1][2].append(row)
        line_old += row[0] != "+"
        line_new += row[0] != "-"
    return hunks


def _paired(rows: list[Row]) -> Iterator[Row]:
    """The same rows with what went and what came in its place on one line."""
    gone: list[str] = []
    came: list[str] = []
    for sign, left, right in [*rows, ("", "", "")]:
        if sign == "-":
            gone.append(left)
        elif sign == "+":
            came.append(right)
        else:
            both = min(len(gone), len(came))
            yield from (("~", one, other) for one, other in zip(gone, came, strict=False))
            yield from (("-", one, "") for one in gone[both:])
            yield from (("+", "", one) for one in came[both:])
            gone, came = [], []
            if sign:
                yield sign, left, right


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(line: str, width: int) -> str:
    used = 0
    for number, character in enumerate(line):
        used += _columns(character)
        if used > width:
            return _cut(line[:number], width - 1) + "…" if width > 1 else "…"
    return line


def _fitted(line: str, width: int) -> str:
    shown = _cut(line, width)
    return shown + " " * (width - sum(map(_columns, shown)))
