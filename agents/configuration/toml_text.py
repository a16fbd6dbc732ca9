"""TOML written with tables where they fit and the order of names kept.

TOML ends the values of a table where its first subtable begins. So a map that stands before a value is written with
dotted names, `limits.turns = 4`, and one that stands after all values as a table of its own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from agents.configuration.json_pointer import below
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.documents import Content
    from agents.json_value import Json

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SEVERAL_LINES: Final = re.compile(r'[^\x00-\x09\x0b-\x1f\x7f"\\]*\n[^\x00-\x09\x0b-\x1f\x7f"\\]*')


def write(content: Content) -> str:
    """The content; raises InvalidError with the pointers of what is null."""
    nulls = tuple(_nulls(content, ""))
    if nulls:
        listed = ", ".join(problem.pointer for problem in nulls)
        raise InvalidError(f"TOML has no null, which is at {listed}", fix=nulls[0].fix, problems=nulls)
    return "\n".join(_table("", "", content)).lstrip("\n") + ("\n" if content else "")


def name_text(name: str) -> str:
    """A name as TOML writes it."""
    return name if _BARE.fullmatch(name) else _string(name)


def value_text(value: Json) -> str:
    """A value in one piece; only a text with several lines takes more than one."""
    if isinstance(value, dict):
        inside = ", ".join([f"{name_text(name)} = {value_text(inner)}" for name, inner in value.items()])
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join([value_text(inner) for inner in value])}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _string(value) if isinstance(value, str) else repr(value)


def _table(path: str, prefix: str, content: Content) -> Iterator[str]:
    """The lines of a table: `path` heads its subtables, `prefix` its own names."""
    names = list(content)
    values = max((place for place, name in enumerate(names) if not _is_tables(content[name])), default=-1) + 1
    for name in names[:values]:
        yield from _pair(f"{prefix}{name_text(name)}", content[name])
    for name in names[values:]:
        inner, header = content[name], f"{path}{name_text(name)}"
        if isinstance(inner, dict):
            if not inner or any(not _is_tables(one) for one in inner.values()):
                yield from ("", f"[{header}]")
            yield from _table(f"{header}.", "", inner)
        elif isinstance(inner, list):
            for item in inner:
                yield from ("", f"[[{header}]]")
                if isinstance(item, dict):
                    yield from _table(f"{header}.", "", item)


def _pair(name: str, value: Json) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for inner, below_ in value.items():
            yield from _pair(f"{name}.{name_text(inner)}", below_)
    elif isinstance(value, str) and _SEVERAL_LINES.fullmatch(value):
        yield f'{name} = """\n{value}"""'
    else:
        yield f"{name} = {value_text(value)}"


def _is_tables(value: Json) -> bool:
    """Whether a value can be one table or several."""
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
    )


def _string(value: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _nulls(value: Json, pointer: str) -> Iterator[Problem]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _nulls(inner, below(pointer, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _nulls(inner, below(pointer, number))
    elif value is None:
        fix = "Leave it out, or write the document as YAML or JSON."
        yield Problem(code="invalid", message="TOML has no null", pointer=pointer, fix=fix)
