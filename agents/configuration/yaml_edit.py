"""One edit in a YAML text, by lines: block maps and lists have each entry on lines of its own.

What is no such entry (flow collections, `- - a`) is written anew with the block around it; comments in that are lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.configuration.format_text import RefusedError
from agents.configuration.json_pointer import at, below, parts, pointer
from agents.configuration.json_values import identical
from agents.configuration.yaml_format import read
from agents.configuration.yaml_text import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.diff import Edit
    from agents.configuration.documents import Content
    from agents.json_value import Json


@dataclass
class _Entry:
    """An entry of a block map or list: its first line, the column of its name or dash, the line behind its end."""

    line: int
    column: int
    end: int = 0
    value_line: int = 0
    value_column: int = 0
    value_end: tuple[int, int] = (0, 0)
    scalar: bool = False


@dataclass
class _Blocks:
    """The entries of each block collection, by the collection's pointer, in order."""

    entries: dict[str, dict[str, _Entry]] = field(default_factory=dict)


def edited(text: str, edit: Edit, content: Content) -> str:
    """The text after an edit that makes it say `content`: changed in the smallest block that can hold the change."""
    for changed in _attempts(text, edit, content):
        try:
            if identical(read(changed), content):
                return changed
        except RefusedError:
            continue
    return text


def _attempts(text: str, edit: Edit, content: Content) -> Iterator[str]:
    blocks = _blocks(text)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    names = parts(edit.path)
    if not names:
        return
    above = pointer(names[:-1])
    entries = blocks.entries.get(above, {})
    entry = entries.get(names[-1])
    if edit.op == "replace" and entry and entry.scalar and not isinstance(edit.new, dict | list):
        yield _scalar(lines, entry, edit.new)
    if edit.op == "remove" and entry and len(entries) > 1:
        yield "".join([*lines[: entry.line], *lines[entry.end :]])
    if edit.op == "add" and entries:
        yield _added(lines, entries, names[-1], at(content, above), edit.new)
    # The entry itself anew, then the entry around it, and so on outwards.
    for depth in range(len(names), 0, -1):
        around, name = pointer(names[: depth - 1]), names[depth - 1]
        entry = blocks.entries.get(around, {}).get(name)
        if entry is not None and (edit.op != "remove" or depth < len(names)):
            value = at(content, pointer(names[:depth]))
            is_list = isinstance(at(content, around), list)
            fresh = _written(value, None if is_list else name, entry.column)
            yield "".join([*lines[: entry.line], *fresh, *lines[entry.end :]])


def _scalar(lines: list[str], entry: _Entry, value: Json) -> str:
    """The lines with another value in the place of a scalar on one line; what follows it on the line stays."""
    if entry.value_end[0] != entry.value_line:
        return ""
    line = lines[entry.value_line]
    said = _written(value, "k", 0)
    if len(said) != 1:
        return ""
    changed = line[: entry.value_column] + said[0].removeprefix("k:").strip() + line[entry.value_end[1] :]
    return "".join([*lines[: entry.value_line], changed, *lines[entry.value_line + 1 :]])


def _added(lines: list[str], entries: dict[str, _Entry], name: str, above: Json, value: Json) -> str:
    """The lines with one more entry: of a list before the item that has its index now, otherwise behind the last."""
    column = next(iter(entries.values())).column
    fresh = _written(value, None if isinstance(above, list) else name, column)
    follower = entries.get(name) if isinstance(above, list) else None
    last = max(entry.end for entry in entries.values())
    place = follower.line if follower else last
    return "".join([*lines[:place], *fresh, *lines[place:]])


def _written(value: Json, name: str | None, column: int) -> list[str]:
    """An entry on lines of its own, a list's when it has no name."""
    shown = write({name: value} if name is not None else {"k": [value]})
    said = shown.splitlines(keepends=True)
    if name is None:
        said = said[1:]
    return [" " * column + line if line.strip() else line for line in said]


def _blocks(text: str) -> _Blocks:
    """Where the entries of block collections are, from the parser's events; the text is one that `read` accepts."""
    import yaml  # noqa: PLC0415 - only an edit pays for it

    found = _Blocks()
    stack: list[Any] = []  # [pointer, is a map, is block, waiting entry and name]
    source = text.splitlines()
    events: Any = yaml.parse(text, Loader=yaml.CSafeLoader)
    for event in events:
        kind: type = type(event)
        if issubclass(kind, yaml.CollectionEndEvent):
            stack.pop()
            _close(found, stack, event, source)
        elif issubclass(kind, yaml.ScalarEvent | yaml.CollectionStartEvent):
            scalar = issubclass(kind, yaml.ScalarEvent)
            if stack and stack[-1]["map"] and stack[-1]["name"] is None:
                stack[-1]["name"] = event.value
                stack[-1]["start"] = event.start_mark
                continue
            here = _open(found, stack, event, scalar=scalar, source=source)
            if scalar:
                _close(found, stack, event, source)
            else:
                is_map = issubclass(kind, yaml.MappingStartEvent)
                stack.append({
                    "pointer": here, "map": is_map, "block": not event.flow_style, "name": None, "start": None,
                    "column": event.start_mark.column, "number": 0, "entry": None,
                })  # fmt: skip
    return found


def _open(found: _Blocks, stack: list[Any], event: Any, *, scalar: bool, source: list[str]) -> str:  # noqa: ANN401 - untyped upstream
    if not stack:
        return ""
    top = stack[-1]
    name = top["name"] if top["map"] else str(top["number"])
    if top["block"]:
        mark = top["start"] if top["map"] else event.start_mark
        line, column = mark.line, mark.column if top["map"] else top["column"]
        # A dash stands in the collection's own column, on the item's line or above it.
        while not top["map"] and line > 0 and source[line][column : column + 1] != "-":
            line -= 1
        entry = _Entry(line=line, column=column, scalar=scalar)
        entry.value_line, entry.value_column = event.start_mark.line, event.start_mark.column
        entry.value_end = event.end_mark.line, event.end_mark.column
        found.entries.setdefault(top["pointer"], {})[name] = entry
        top["entry"] = entry
    return below(top["pointer"], name)


def _close(found: _Blocks, stack: list[Any], event: Any, source: list[str]) -> None:  # noqa: ANN401, ARG001 - untyped upstream
    """The end of a value: its entry ends behind the last line that has something of it."""
    if not stack:
        return
    top = stack[-1]
    if top["entry"] is not None:
        # A block ends where the next token starts, behind comments and blank lines, which are not its own.
        end = event.end_mark.line + (event.end_mark.column > 0)
        while end > top["entry"].line + 1 and _is_blank(source[end - 1] if end <= len(source) else ""):
            end -= 1
        top["entry"].end = end
        top["entry"] = None
    top["name"] = None
    top["number"] += 1


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
