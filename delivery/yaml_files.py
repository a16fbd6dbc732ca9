"""YAML read as the engine reads it, within limits that hold before anything is built.

PyYAML alone would differ: of two equal keys the last wins, scalars follow YAML 1.1, a few aliases make gigabytes and
100,000 brackets end the process. So only its parser is used, whose events need no recursion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from agents.errors import InvalidError

from .yaml_scalars import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import yaml

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 50
MAX_NODES: Final = 50_000  # each alias counts as what it repeats
_TEXT: Final = "tag:yaml.org,2002:str"
_MERGE: Final = "<<"


class _Mark(Protocol):
    """A place as PyYAML counts, from 0; its C and Python parsers have a class each."""

    line: int
    column: int


class _Place(NamedTuple):
    line: int
    column: int


class _RefusedError(Exception):
    def __init__(self, problem: str, place: _Place) -> None:
        super().__init__(problem)
        self.place = place


class _Node(NamedTuple):
    value: Value
    place: _Place
    size: int = 1  # nodes
    height: int = 0  # levels below
    below: Mapping[str, _Node] = MappingProxyType({})  # of a mapping, each at the place of its key
    items: tuple[_Node, ...] = ()  # of a list


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file's one mapping, and where its keys stand."""

    mapping: dict[str, Value]
    _root: _Node

    def line(self, path: Sequence[str]) -> int | None:
        """Where a key stands, from 1; elements of a list count as 0, 1, 2. None for a key that is not there."""
        node = self._root
        for step in path:
            if step in node.below:
                node = node.below[step]
            elif step.isdigit() and int(step) < len(node.items):
                node = node.items[int(step)]
            else:
                return None
        return node.place.line


@dataclass
class _Open:
    """A collection whose end has not come yet."""

    anchor: str | None
    place: _Place
    mapping: bool
    parts: list[_Node] = field(default_factory=list)


def read_mapping(file: Path) -> dict[str, Value]:
    """The file's one document, empty when there is none. Raises InvalidError with `file:line:column: problem`."""
    return read_document(file).mapping


def read_document(file: Path) -> Document:
    """The same with the lines of its keys."""
    import yaml  # noqa: PLC0415 - only a plan reads YAML; `qm --help` does not pay for it

    try:
        if file.stat().st_size > MAX_BYTES:
            raise InvalidError(f"{file.name} is larger than {MAX_BYTES // 1024} KiB", fix="Shorten it")
        content = file.read_bytes()
    except FileNotFoundError:
        raise InvalidError(f"{file.name} is missing", fix="Run in the folder of the project") from None
    except OSError as error:
        raise InvalidError(f"{file.name} cannot be read: {error.strerror}", fix="Mend the file") from None
    try:
        root = _Builder().document(yaml.parse(content, Loader=yaml.CSafeLoader))
    except _RefusedError as error:
        raise _invalid(file, str(error), error.place) from None
    except yaml.MarkedYAMLError as error:
        raise _invalid(file, error.problem or "is no readable YAML", _place(error.problem_mark)) from None
    except yaml.YAMLError as error:
        raise _invalid(file, str(getattr(error, "reason", "is no readable YAML")), None) from None
    value = {} if root.value is None else root.value
    if not isinstance(value, dict):
        raise InvalidError(f"{file.name} is not a mapping", fix="Write `key: value` lines")
    return Document(mapping=value, _root=root)


def _invalid(file: Path, problem: str, place: _Place | None) -> InvalidError:
    where = f":{place.line}:{place.column}" if place else ""
    return InvalidError(f"{file.name}{where}: {problem}", fix="Mend the YAML")


def _place(mark: _Mark | None) -> _Place:
    return _Place(mark.line + 1, mark.column + 1) if mark else _Place(1, 1)


class _Builder:
    """One document from a parser's events."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node | None] = {}  # None while the anchored collection is open
        self._nodes = 0
        self._documents: list[_Node] = []

    def document(self, events: Iterator[yaml.Event]) -> _Node:
        import yaml  # noqa: PLC0415 - as above

        for event in events:
            if isinstance(event, yaml.NodeEvent):
                self._node(event, _place(event.start_mark))
            elif isinstance(event, yaml.CollectionEndEvent):
                closed = self._open.pop()
                self._add(_closed(closed), closed.anchor)
            elif isinstance(event, yaml.DocumentStartEvent) and self._documents:
                raise _RefusedError("the engine reads the first document only", _place(event.start_mark))
        return self._documents[0] if self._documents else _Node(None, _Place(1, 1))

    def _node(self, event: yaml.NodeEvent, place: _Place) -> None:
        import yaml  # noqa: PLC0415 - as above

        if isinstance(event, yaml.AliasEvent):
            self._add(self._repeated(str(event.anchor), place), None)
            return
        tag = getattr(event, "tag", None)
        if tag not in {None, _TEXT}:
            raise _RefusedError(f"the tag {tag} is not allowed", place)
        if isinstance(event, yaml.ScalarEvent):
            self._count(1, place)
            try:
                value = event.value if event.style or tag else plain(event.value)
            except ValueError as error:
                raise _RefusedError(str(error), place) from None
            self._add(_Node(value, place), event.anchor)
            return
        self._count(1, place)
        self._open.append(_Open(event.anchor, place, isinstance(event, yaml.MappingStartEvent)))
        self._deep(0, place)
        if event.anchor:
            self._anchors[event.anchor] = None

    def _repeated(self, anchor: str, place: _Place) -> _Node:
        if anchor not in self._anchors:
            raise _RefusedError(f"no anchor &{anchor} stands before this", place)
        node = self._anchors[anchor]
        if node is None:
            raise _RefusedError(f"the anchor &{anchor} contains itself", place)
        self._count(node.size, place)
        self._deep(node.height, place)
        return node._replace(place=place)

    def _add(self, node: _Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self._documents.append(node)

    def _count(self, more: int, place: _Place) -> None:
        self._nodes += more
        if self._nodes > MAX_NODES:
            raise _RefusedError(f"more than {MAX_NODES} values, aliases written out", place)

    def _deep(self, below: int, place: _Place) -> None:
        if len(self._open) + below > MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels", place)


def _closed(one: _Open) -> _Node:
    below = _mapping(one.parts) if one.mapping else {}
    value: Value = (
        {name: node.value for name, node in below.items()} if one.mapping else [part.value for part in one.parts]
    )
    size = 1 + sum(part.size for part in one.parts)
    items = () if one.mapping else tuple(one.parts)
    return _Node(value, one.place, size, 1 + max((part.height for part in one.parts), default=0), below, items)


def _mapping(parts: list[_Node]) -> dict[str, _Node]:
    own: dict[str, _Node] = {}
    merged: dict[str, _Node] = {}
    lines: dict[str, int] = {}
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        name = _key(key)
        if name in lines:
            raise _RefusedError(f"the key {name!r} stands in line {lines[name]} already", key.place)
        lines[name] = key.place.line
        if name == _MERGE:
            merged |= _merged(value)
        else:
            own[name] = value._replace(place=key.place)
    return merged | own


def _merged(value: _Node) -> dict[str, _Node]:
    """What `<<` brings in: of several mappings the first that has a key wins."""
    found: dict[str, _Node] = {}
    for node in value.items if isinstance(value.value, list) else (value,):
        if not isinstance(node.value, dict):
            raise _RefusedError("`<<` takes a mapping or a list of mappings", value.place)
        found = {**node.below, **found}
    return found


def _key(key: _Node) -> str:
    value = key.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int)):
        return str(value)
    raise _RefusedError("a key must be text or an integer", key.place)
