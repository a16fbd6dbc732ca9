"""YAML 1.2 with its core schema, as far as it says the same as JSON.

PyYAML alone would differ: it follows YAML 1.1, of two equal names the last wins, a few aliases make gigabytes and
100,000 brackets end the process. So only its parser is used, event by event: limits hold while the text is read, and
nothing here is recursive.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from agents.configuration.format_text import RefusedError, position, refused_at
from agents.configuration.json_pointer import below
from agents.configuration.json_values import FLATTEN, MAX_DEPTH, MAX_NODES, SPLIT, TOO_DEEP, TOO_MANY
from agents.configuration.yaml_scalars import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.json_value import Json

# The parser follows YAML 1.1, to which these end a line; to YAML 1.2 and JSON they are characters like others.
_OLD_LINE_BREAKS: Final = re.compile("[\x85\u2028\u2029]")
_ALONE: Final = frozenset("?-:")
_BLOCKS: Final = frozenset("|>")
_HEADER: Final = re.compile(r"[|>][-+0-9]*#")
_IN_QUOTES: Final = "Put it in quotes."


class _Mark(Protocol):
    line: int
    column: int


def read(text: str) -> Json:
    """The value; raises RefusedError with line and column."""
    return _build(text, None)


def positions(text: str) -> Mapping[str, tuple[int, int]]:
    """Where each value is, of a text that `read` accepts."""
    found: dict[str, tuple[int, int]] = {}
    _build(text, found)
    return found


def _build(text: str, found: dict[str, tuple[int, int]] | None) -> Json:
    import yaml  # noqa: PLC0415 - who reads JSON does not pay for it

    if breaks := _OLD_LINE_BREAKS.search(text):
        code = f"\\u{ord(breaks[0]):04x}"
        raise refused_at(text, breaks.start(), f"holds {code} as it is", fix=f'Write it as "{code}", in double quotes.')
    try:
        # A last line without an end is read as one with an end, where the parser would lose spaces.
        return _from_events(yaml.CSafeLoader(text if text.endswith("\n") else text + "\n"), text, found)
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode(errors="ignore")
        line, column = position(before, len(before))
        raise RefusedError(f"is not YAML: {error.reason}", line, column, fix="Write it as an escape.") from error
    except yaml.MarkedYAMLError as error:
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise _refused(f"is not YAML: {message}", error.problem_mark or error.context_mark) from error


def _from_events(parser: Any, text: str, found: dict[str, tuple[int, int]] | None) -> Json:  # noqa: ANN401, C901, PLR0912, PLR0915 - untyped upstream; one loop, because a call per event costs as much as the event
    from yaml.events import (  # noqa: PLC0415 - as above
        AliasEvent,
        DocumentStartEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
        StreamEndEvent,
    )

    root: Json = None
    documents = nodes = 0
    # What is open: the collection, the name that waits for its value, and the pointer when somebody asks.
    collection: Any = None
    name: str | None = None
    path = ""
    above: list[tuple[Any, str | None, str]] = []
    next_event = parser.get_event
    behind = 0  # where the event before ended
    comments = "#" in text
    while True:
        event = next_event()
        kind = type(event)
        value: Any
        start = event.start_mark.index
        if comments and (sign := text.find("#", behind, start)) > 0 and not text[sign - 1].isspace():
            raise refused_at(
                text, sign, "a comment has no space before it", fix="Put one there, or put text in quotes."
            )
        behind = event.end_mark.index
        if kind is ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                raise _unsaid(event)
            value = event.value
            if value in _ALONE or (start and text[start - 1] == "?") or event.style in _BLOCKS:
                _check_spelling(event, text)
            if event.implicit[0]:
                value = plain(value)
                if value is NotImplemented:
                    message = f"{event.value!r} is a date to some readers and text to others"
                    raise _refused(message, event.start_mark, fix=_IN_QUOTES)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            collection, name, path = above.pop()
            continue
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if event.anchor is not None or event.tag is not None:
                raise _unsaid(event)
            if len(above) >= MAX_DEPTH:
                raise _refused(TOO_DEEP, event.start_mark, fix=FLATTEN)
            value = {} if kind is MappingStartEvent else []
        elif kind is AliasEvent:
            raise _unsaid(event)
        elif kind is StreamEndEvent:
            return root
        else:
            if kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _refused("holds a second document", event.start_mark, fix="Keep each in a file of its own.")
                if event.tags or event.version not in {None, (1, 2)}:
                    raise _refused("has a directive", event.start_mark, fix="Remove the line that starts with '%'.")
            continue
        nodes += 1
        if nodes > 2 * MAX_NODES:  # a name is an event as well
            raise _refused(TOO_MANY, event.start_mark, fix=SPLIT)
        here = path
        if type(collection) is dict:
            if name is None:
                name = _name(value, event, collection)
                collection[name] = None
                if found is not None:
                    found[below(path, name)] = _position(event.start_mark)
                continue
            collection[name] = value
            if found is not None:
                here = below(path, name)
            name = None
        else:
            if collection is None:
                root = value
            else:
                if found is not None:
                    here = below(path, len(collection))
                collection.append(value)
            if found is not None:
                found[here] = _position(event.start_mark)
        if kind is not ScalarEvent:
            above.append((collection, name, path))
            collection, name, path = value, None, here


def _check_spelling(event: Any, text: str) -> None:  # noqa: ANN401 - untyped upstream
    """Raises RefusedError for a scalar that the parser reads though YAML 1.2 does not, or reads as something else."""
    start = event.start_mark.index
    if event.style in _BLOCKS:
        if _HEADER.match(text, start):
            raise _refused("a comment has no space before it", event.start_mark, fix="Put one there.")
    elif (event.implicit[0] and event.value in _ALONE) or text[start - 1 : start] == "?":
        raise _refused("a '?', '-' or ':' stands alone or before a name", event.start_mark, fix=_IN_QUOTES)


def _name(value: object, event: Any, collection: dict[str, Json]) -> str:  # noqa: ANN401 - untyped upstream
    """The name of a map's value; raises RefusedError."""
    if type(value) is not str:
        raise _refused("a name is not text here", event.start_mark, fix=_IN_QUOTES)
    if value == "<<" and event.implicit[0]:
        raise _refused("merge keys are not read", event.start_mark, fix="Write the values out, or use layers.")
    if value in collection:
        raise _refused(f"says {value!r} twice", event.start_mark, fix="Keep one.")
    return value


def _unsaid(event: Any) -> RefusedError:  # noqa: ANN401 - untyped upstream
    tag = getattr(event, "tag", None)
    if tag is not None:
        return _refused(f"has the tag {tag}", event.start_mark, fix="Remove it; what is text goes in quotes.")
    return _refused("anchors and aliases are not read", event.start_mark, fix="Write the values out, or use layers.")


def _refused(message: str, mark: _Mark | None, *, fix: str = "") -> RefusedError:
    return RefusedError(message, *(_position(mark) if mark else (1, 1)), fix=fix)


def _position(mark: _Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
