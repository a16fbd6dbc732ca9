"""JSON Patch (RFC 6902) and merge patch (RFC 7396), applied whole or not at all.

A patch comes from outside, and a few `copy` operations could double a document until memory ends: what they add is
counted against the limits of a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.configuration.json_pointer import index, parts, step
from agents.configuration.json_values import MAX_NODES, SPLIT, TOO_MANY, check_content, copied, count
from agents.errors import ConflictError, InvalidError, NotFoundError, Problem

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.json_value import Json

MAX_OPERATIONS: Final = MAX_NODES  # the most that lead from one document to another

_OPERATIONS: Final = ("add", "remove", "replace", "move", "copy", "test")
_WITH_VALUE: Final = frozenset({"add", "replace", "test"})
_WITH_FROM: Final = frozenset({"move", "copy"})


def apply_patch(content: Json, patch: Json) -> Json:
    """The content after every operation of the patch; the given one stays as it is.

    Raises InvalidError for an operation that is none or names no place, and ConflictError when a `test` fails; the
    problem's pointer is into the patch.
    """
    if not isinstance(patch, list):
        raise InvalidError("a JSON Patch is a list of operations", fix='Write [{"op": "replace", ...}].')
    if len(patch) > MAX_OPERATIONS:
        raise InvalidError(
            f"the patch has {len(patch):,} operations, at most {MAX_OPERATIONS:,} are applied", fix=SPLIT
        )
    if len(patch) == 0:
        return content
    patching = _Patching(content)
    for number, operation in enumerate(patch):
        try:
            patching.apply(operation)
        except (InvalidError, NotFoundError, ConflictError) as error:
            raise _told(error, number, operation) from error
    return patching.finished()


def merge_patch(content: Json, patch: Json) -> Json:
    """The content with the patch over it: null removes, maps merge, all else replaces. Both stay as they are."""
    try:
        return _merged(content, patch)
    except RecursionError as error:
        raise InvalidError("the patch nests too deep", fix="Flatten it.") from error


def _merged(content: Json, patch: Json) -> Json:
    if not isinstance(patch, dict):
        return patch
    merged: Content = dict(content) if isinstance(content, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


class _Patching:
    """A content on its way through a patch."""

    def __init__(self, content: Json) -> None:
        # The document stands in a map of its own, so that replacing it whole is like replacing anything else.
        try:
            self._holder: Content = {"": copied(content)}
        except RecursionError as error:
            raise InvalidError("the document nests too deep", fix="Flatten it.") from error
        self._values = count(content)

    def finished(self) -> Json:
        check_content(self._holder[""])
        return self._holder[""]

    def apply(self, operation: Json) -> None:
        if not isinstance(operation, dict):
            raise InvalidError("an operation is a map", fix='Write {"op": "add", "path": "/a", "value": 1}.')
        op = operation.get("op")
        if op not in _OPERATIONS:
            raise InvalidError(f"there is no operation {op!r}", fix=f"Operations: {', '.join(_OPERATIONS)}.")
        path = _pointer(operation, "path")
        if op in _WITH_VALUE and "value" not in operation:
            raise InvalidError(f"{op} has no value", fix="Give it a value, which may be null.")
        if op in _WITH_FROM:
            self._from(str(op), path, _pointer(operation, "from"))
        elif op == "add":
            self._add(path, self._counted(operation["value"]))
        elif op == "remove":
            self._take(path)
        elif op == "replace":
            self._replace(path, self._counted(operation["value"]))
        elif not _equal(self._at(path), operation["value"]):
            raise ConflictError("the test fails: the document says something else", fix="Read it again.")

    def _from(self, op: str, path: tuple[str, ...], source: tuple[str, ...]) -> None:
        if op == "copy":
            self._add(path, self._counted(self._at(source)))
        elif path[: len(source)] == source:
            if path != source:
                raise InvalidError("nothing moves into itself", fix="Move it elsewhere, or copy it.")
            self._at(source)
        else:
            self._add(path, self._take(source))

    def _at(self, path: tuple[str, ...]) -> Json:
        value = self._holder[""]
        for part in path:
            value = step(value, part)
        return value

    def _place(self, path: tuple[str, ...]) -> tuple[Json, str]:
        """What holds the value of a path, and its name or index in there."""
        return (self._at(path[:-1]), path[-1]) if path else (self._holder, "")

    def _add(self, path: tuple[str, ...], value: Json) -> None:
        above, last = self._place(path)
        if isinstance(above, dict):
            above[last] = value
        elif isinstance(above, list):
            above.insert(len(above) if last == "-" else index(last, len(above) + 1), value)
        else:
            raise NotFoundError(f"there is neither a map nor a list to add {last!r} to")

    def _take(self, path: tuple[str, ...]) -> Json:
        if not path:
            raise InvalidError("the whole document cannot be removed", fix="Replace it with {}.")
        above, last = self._place(path)
        taken = step(above, last)
        if isinstance(above, dict):
            del above[last]
        elif isinstance(above, list):
            del above[int(last)]
        return taken

    def _replace(self, path: tuple[str, ...], value: Json) -> None:
        above, last = self._place(path)
        step(above, last)  # must be there
        if isinstance(above, dict):
            above[last] = value
        elif isinstance(above, list):
            above[int(last)] = value

    def _counted(self, value: Json) -> Json:
        """A copy of what is added, so that nothing is in there twice; raises InvalidError when it is too much."""
        self._values += count(value)
        if self._values > 2 * MAX_NODES:  # what is removed is not counted back, so twice what a document may have
            raise InvalidError(f"the patched document {TOO_MANY}", fix=SPLIT)
        try:
            return copied(value)
        except RecursionError as error:
            raise InvalidError("the patch nests too deep", fix="Flatten it.") from error


def _pointer(operation: Content, member: str) -> tuple[str, ...]:
    text = operation.get(member)
    if not isinstance(text, str):
        raise InvalidError(f"{operation['op']} has no {member}", fix=f"Give it a {member} such as /limits/turns.")
    return parts(text)


def _equal(one: Json, other: Json) -> bool:
    """As RFC 6902 compares: numbers by their value, so 1 is 1.0; true is no number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _told(
    error: InvalidError | NotFoundError | ConflictError, number: int, operation: Json
) -> InvalidError | ConflictError:
    said = f" {operation.get('op')} {operation.get('path')}" if isinstance(operation, dict) else ""
    message = f"operation {number} of the patch{said[:200]}: {error.message}"
    kind = ConflictError if isinstance(error, ConflictError) else InvalidError
    problem = Problem(code=kind.code, message=error.message, pointer=f"/{number}", fix=error.fix)
    return kind(message, fix=error.fix, problems=(problem,))
