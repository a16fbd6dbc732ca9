"""The words by which a layer says how it combines with those below: see docs/layers.md.

A map of marks stands where a value would. `$append`, `$prepend` and `$remove` change the list below, together if need
be; `$key` beside them names the field by which its maps are told apart. `$replace` covers what is below whole, and
`$remove: true` takes the name away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from agents.configuration.json_pointer import pointer
from agents.configuration.json_values import token
from agents.errors import Problem

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.json_value import Json

Path: TypeAlias = (
    "tuple[Path, str | int] | tuple[()]"  # from the inside out: cheap to make, read when something is wrong
)

MARKS: Final = frozenset({"$append", "$prepend", "$remove", "$replace", "$key"})
REFERENCES: Final = frozenset({"$secret", "$env"})  # a map with one stands for a value, so it never merges
# Words that are content: references, and what JSON Schema calls its own.
WORDS: Final = REFERENCES | {
    "$schema", "$id", "$ref", "$defs", "$anchor", "$comment", "$vocabulary", "$dynamicRef", "$dynamicAnchor"
}  # fmt: skip
_LIST_MARKS: Final = ("$append", "$prepend")
_NESTED: Final = frozenset({dict, list})
_NOTHING: Final = object()  # where no layer below has anything


def is_reference(value: Json) -> bool:
    """Whether a value stands for one that is kept elsewhere: `{$secret: name}` or `{$env: NAME}`."""
    return isinstance(value, dict) and ("$secret" in value or "$env" in value)


def _words(value: Content) -> list[str]:
    # The join is one step where a look at each name would be many.
    return [name for name in value if name[:1] == "$"] if "$" in "".join(value) else []


class Merging:
    """One merge: what is wrong with it gathers in `problems`, and the result counts only when nothing is."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def maps(self, lower: Content, upper: Content, path: Path) -> Content:
        """`upper` over `lower`; neither changes. `upper` has no marks of its own level."""
        merged = {**lower, **upper}
        if _NESTED.isdisjoint(map(type, upper.values())):  # not a step of Python for each value: most have none inside
            return merged
        for name, value in upper.items():
            if isinstance(value, dict):
                here: Path = (path, name)
                below = lower.get(name)
                words = _words(value)
                if words and self._marked(value, words, here):
                    self._apply(merged, lower, name, value, here)
                elif isinstance(below, dict) and not is_reference(below) and not (words and is_reference(value)):
                    merged[name] = self.maps(below, value, here)
                else:
                    self.plain(value, here)
            elif isinstance(value, list):
                self.plain(value, (path, name))
        return merged

    def plain(self, value: Json, path: Path) -> None:
        """Notes each mark inside what has nothing below it."""
        if isinstance(value, dict):
            words = _words(value)
            if words and self._marked(value, words, path):
                self._wrong(path, f"{words[0]} has nothing below it", "Write the value itself, without marks.")
            elif not _NESTED.isdisjoint(map(type, value.values())):
                for name, inner in value.items():
                    self.plain(inner, (path, name))
        elif isinstance(value, list) and not _NESTED.isdisjoint(map(type, value)):
            for number, inner in enumerate(value):
                self.plain(inner, (path, number))

    def _marked(self, value: Content, words: list[str], path: Path) -> bool:
        """Whether a map is one of marks; notes what it cannot be."""
        marks = [word for word in words if word in MARKS]
        for word in words:
            if word not in MARKS and word not in WORDS:
                known = ", ".join(sorted(MARKS))
                self._wrong((path, word), f"there is no mark {word}", f"Marks: {known}.")
        if not marks:
            return False
        if len(marks) < len(value):
            other = next(name for name in value if name not in MARKS)
            fix = f"Write {other!r} without marks around it, or all of it below $replace."
            self._wrong((path, other), f"stands beside the mark {marks[0]}", fix)
        elif len(marks) > 1 and ("$replace" in marks or value.get("$remove") is True):
            alone = "$replace" if "$replace" in marks else "$remove: true"
            self._wrong(path, f"{alone} stands beside other marks", "Leave one of them.")
        return True

    def _apply(self, merged: Content, lower: Content, name: str, marks: Content, path: Path) -> None:
        below: object = lower.get(name, _NOTHING)
        if "$replace" in marks:
            merged[name] = marks["$replace"]
            self.plain(marks["$replace"], (path, "$replace"))
        elif marks.get("$remove") is True:
            del merged[name]
        elif below is _NOTHING:
            self._wrong(path, f"{next(iter(marks))} has nothing below it", "Write the list itself, without marks.")
        elif not isinstance(below, list):
            self._wrong(path, f"{next(iter(marks))} is for a list, and below is none", "Use $replace.")
        else:
            merged[name] = self._list(below, marks, path)

    def _list(self, below: list[Json], marks: Content, path: Path) -> list[Json]:
        said: dict[str, list[Json]] = {}
        for word in (*_LIST_MARKS, "$remove"):
            items = marks.get(word, [])
            if not isinstance(items, list):
                self._wrong((path, word), "is not a list", "Write [ ... ].")
                return below
            said[word] = items
        if "$key" in marks:
            return self._by_key(below, marks["$key"] if len(marks) > 1 else None, said, path)
        for word in _LIST_MARKS:
            self.plain(said[word], (path, word))
        gone = set(map(token, said["$remove"]))
        kept = [item for item in below if token(item) not in gone] if gone else below
        return [*said["$prepend"], *kept, *said["$append"]]

    def _by_key(self, below: list[Json], field: Json, said: dict[str, list[Json]], path: Path) -> list[Json]:
        """The list below, whose maps are told apart by `field`; `$remove` names values of it."""
        if not isinstance(field, str):
            fix = "Write the name of a field, with $append, $prepend or $remove beside it."
            self._wrong((path, "$key"), "does not say what to do with which field", fix)
            return below
        if not all(isinstance(item, dict) and field in item for item in below):
            self._wrong((path, "$key"), f"not every item below has a {field!r}", "Use $replace.")
            return below
        gone = set(map(token, said["$remove"]))
        kept = [item for item in below if isinstance(item, dict) and token(item[field]) not in gone]
        places = {token(item[field]): place for place, item in reversed(list(enumerate(kept)))}
        ends: dict[str, list[Json]] = {word: [] for word in _LIST_MARKS}
        for word in _LIST_MARKS:
            for number, item in enumerate(said[word]):
                here: Path = ((path, word), number)
                if not isinstance(item, dict) or field not in item:
                    self._wrong(here, f"has no {field!r}", f"Give it one: $key is {field!r}.")
                    continue
                if words := _words(item):
                    self._marked(item, words, here)
                place = places.get(token(item[field]))
                if place is None:
                    self.plain(item, here)
                    ends[word].append(item)
                else:
                    kept[place] = self.maps(kept[place], item, here)
        return [*ends["$prepend"], *kept, *ends["$append"]]

    def _wrong(self, path: Path, message: str, fix: str) -> None:
        names: list[str | int] = []
        while path:
            path, name = path
            names.append(name)
        self.problems.append(Problem(code="invalid", message=message, pointer=pointer(reversed(names)), fix=fix))
