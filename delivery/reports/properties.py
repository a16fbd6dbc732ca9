"""Which properties of a resource differ, by path, with values where they are short and not secret."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .snapshot import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # the engine's wire format for a value that is not known yet
_HIDDEN: Final = {"__defaults"}
_NAMES: Final = ("Sid", "name", "key", "id", "type")  # what tells the members of a list apart, the likeliest first
_LONGEST: Final = 100  # characters of a value that is shown
_INDEX: Final = re.compile(r"\[[^\]]*\]")
_MISSING: Final = object()


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One difference. `before` and `after` are JSON texts, or words in brackets where there is nothing to show."""

    path: str  # `rules[edge].action`; inside a document that is one property's text, too
    property: str  # the path down to where the provider's own properties end, with `[]` for any member
    before: str
    after: str


def edits(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Edit, ...]:
    """Every difference between two resources' inputs, by path."""
    skipped = _HIDDEN | ({"tags"} if "tagsAll" in before or "tagsAll" in after else set())  # the same tags twice
    kept = [{key: value for key, value in one.items() if key not in skipped} for one in (before, after)]
    return tuple(sorted(_edits("", "", kept[0], kept[1]), key=lambda one: one.path))


def _edits(path: str, own: str, before: object, after: object) -> Iterator[Edit]:
    """`own` is the property that a document lies in, empty while the path itself is the provider's."""
    if before == after:
        return
    pair = (before, after)
    if all(isinstance(one, dict) and SECRET not in one for one in pair):
        yield from _of_maps(path, own, before, after)
    elif all(isinstance(one, list) and any(isinstance(each, dict) for each in one) for one in pair):
        yield from _of_maps(path, own, _keyed(before), _keyed(after))
    elif (documents := [_document(one) for one in pair]) and all(one is not None for one in documents):
        yield from _edits(path, own or path, documents[0], documents[1])
    else:
        was, now = _pair(before, after)
        yield Edit(path=path, property=_INDEX.sub("[]", own or path), before=was, after=now)


def _of_maps(path: str, own: str, before: object, after: object) -> Iterator[Edit]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for key in sorted({*before, *after}):
        inner = f"{path}{key}" if key.startswith("[") else f"{path}.{key}" if path else key
        yield from _edits(inner, own, before.get(key, _MISSING), after.get(key, _MISSING))


def _keyed(members: object) -> dict[str, object]:
    """Members by what names them, so that one more at the front is one addition; by place where nothing does."""
    given = members if isinstance(members, list) else []
    for name in _NAMES:
        labels = [one.get(name) if isinstance(one, dict) else None for one in given]
        if all(isinstance(one, str) and one != UNKNOWN for one in labels) and len(set(labels)) == len(labels):
            return {f"[{label}]": one for label, one in zip(labels, given, strict=True)}
    return {f"[{place}]": one for place, one in enumerate(given)}


def _document(value: object) -> object:
    """The structure that a text of JSON stands for, None for any other value."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _pair(before: object, after: object) -> tuple[str, str]:
    """Both values; of long lists only what the other one lacks."""
    shown = _shown(before), _shown(after)
    if isinstance(before, list) and isinstance(after, list) and any(one.endswith("characters)") for one in shown):
        less, more = [one for one in before if one not in after], [one for one in after if one not in before]
        return f"(less) {_shown(less)}", f"(more) {_shown(more)}"
    return shown


def _shown(value: object) -> str:
    if value is _MISSING:
        return "(none)"
    if isinstance(value, dict) and SECRET in value:
        return SECRET
    if value == UNKNOWN:
        return "(unknown)"
    if _secret_inside(value):
        return "(with a secret)"
    text = json.dumps(_whole(value), ensure_ascii=False, sort_keys=True).replace(UNKNOWN, "(unknown)")
    return text if len(text) <= _LONGEST else f"({len(text)} characters)"


def _secret_inside(value: object) -> bool:
    if isinstance(value, dict):
        return SECRET in value or any(_secret_inside(one) for one in value.values())
    return isinstance(value, list) and any(_secret_inside(one) for one in value)


def _whole(value: object) -> object:
    """Whole numbers without the point that the wire format gives them."""
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
