"""What the models of documents have in common: strictness, reload classes, and problems instead of exceptions."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.configuration.json_pointer import parts, pointer
from agents.configuration.problems import INVALID, warning
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from agents.json_value import Json

ReloadClass: TypeAlias = Literal["hot", "drain", "redeploy"]
RELOAD_CLASSES: Final[tuple[ReloadClass, ...]] = get_args(ReloadClass)  # the later, the more it takes
NOT_YET: Final = "not yet in effect"

Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
Day: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Usd: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]  # a decimal, so that no cent is lost
_M = TypeVar("_M", bound=BaseModel)
_Tree: TypeAlias = "dict[str | int, tuple[str, _Tree | None]]"
_RELOAD: Final = "x-reload"
_IN_EFFECT: Final = "x-in-effect"


class Strict(BaseModel):
    """Part of a document: nothing is converted, nothing unknown is passed over, nothing changes later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def described(text: str, reload: ReloadClass = "hot", *, in_effect: bool = True) -> Any:  # noqa: ANN401 - as Field's own
    """A field's meaning, what a change of it takes, and whether anything that runs reads it yet."""
    extra: dict[str, Any] = {_RELOAD: reload}
    return Field(description=text, json_schema_extra=extra if in_effect else {**extra, _IN_EFFECT: False})


def parse_model(model: type[_M], content: Mapping[str, Json], *, what: str, where: str = "") -> _M:
    """The content as a model; raises InvalidError with every problem, its pointer and how to mend it."""
    try:
        # What `model_validate` calls; it is read for every turn that finds a new version, and on every publish.
        return cast("_M", model.__pydantic_validator__.validate_python(content))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = tuple([_problem(model, item, where) for item in found])
        listed = "; ".join([f"{problem.pointer or '/'}: {problem.message}" for problem in problems])
        raise InvalidError(f"{what} is not valid: {listed}", fix=problems[0].fix, problems=problems) from error


def not_yet(model: type[BaseModel], content: Mapping[str, Json]) -> Iterator[Problem]:
    """A warning for each field that the content gives and nothing reads."""
    for path, field, value in _given(model, content):
        if in_effect(field):  # first, as a default takes longer to find
            continue
        if value != field.get_default(call_default_factory=True, validated_data={}):
            message = f"is {NOT_YET}: this version stores it, and nothing reads it"
            yield warning(message, pointer=pointer(path), fix="Leave it out, or do not rely on it.")


def reload_class(model: type[BaseModel], pointers: Iterable[str]) -> ReloadClass:
    """What a change at these pointers takes: the most of any.

    `hot` counts from the next turn on, `drain` for new conversations only, `redeploy` after the next deployment. What
    no field has is `drain`, which is safe for whatever it is.
    """
    found = [_reload_of(model, parts(one)) for one in pointers]
    return max(found, key=RELOAD_CLASSES.index, default="hot")


def inner(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds, itself or as the values of a map or list."""
    return _model_in(field.annotation)


def name_of(name: str, field: FieldInfo) -> str:
    """A field's name in the document."""
    return field.alias or name


def in_effect(field: FieldInfo) -> bool:
    """Whether something that runs reads the field."""
    return _extra(field).get(_IN_EFFECT, True) is True


def own_class(field: FieldInfo) -> ReloadClass:
    """The reload class that a field says of itself."""
    return cast("ReloadClass", _extra(field).get(_RELOAD, "hot"))


def fields(model: type[BaseModel]) -> Iterable[tuple[str, FieldInfo]]:
    """Each field by its name in documents."""
    return _fields(model).items()


@functools.cache
def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {name_of(name, field): field for name, field in model.model_fields.items()}


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _reload_of(model: type[BaseModel], path: tuple[str, ...]) -> ReloadClass:
    if not path:
        below = [_reload_of(model, (name,)) for name, _ in fields(model)]
        return max(below, key=RELOAD_CLASSES.index, default="hot")
    field = _fields(model).get(path[0])
    if field is None:
        return "drain"
    held = inner(field)
    if held is None:
        return own_class(field)
    rest = path[1:] if _is_model(field.annotation) else path[2:]  # a name or index stands between
    return max(own_class(field), _reload_of(held, rest), key=RELOAD_CLASSES.index)


def _given(
    model: type[BaseModel], content: Mapping[str, Json], above: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], FieldInfo, Json]]:
    """Path, field and value of all that content gives, outermost first; a field that is not read hides its inner."""
    for name, field in fields(model):
        if name not in content:
            continue
        value, path = content[name], (*above, name)
        yield path, field, value
        held = inner(field)
        if held is None or not in_effect(field):
            continue
        if _is_model(field.annotation):
            below: Iterable[tuple[tuple[str | int, ...], Json]] = [((), value)]
        elif isinstance(value, dict):
            below = [((key,), one) for key, one in value.items()]
        else:
            below = [((number,), one) for number, one in enumerate(value if isinstance(value, list) else [])]
        for step, one in below:
            if isinstance(one, dict):
                yield from _given(held, one, (*path, *step))


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if _is_model(annotation):
        return cast("type[BaseModel]", annotation)
    if get_origin(annotation) is None:
        return None
    return next((found for one in get_args(annotation) if (found := _model_in(one))), None)


def _problem(model: type[BaseModel], item: ErrorDetails, where: str) -> Problem:
    path, kind, message = item["loc"], item["type"], item["msg"]
    if kind == "extra_forbidden":
        message, fix = f"there is no field {path[-1]!r}", f"Names here: {', '.join(_siblings(model, path))}."
    else:
        fix = _fix_at(model, path, missing=kind == "missing")
        if kind == "value_error":
            message = message.removeprefix("Value error, ")
    place = f"/{'/'.join(map(str, path))}" if path else ""
    if "~" in place or place.count("/") > len(path):  # names that need their escapes, which are few
        place = pointer(path)
    return Problem(INVALID, message, place, where, fix)


def _fix_at(model: type[BaseModel], path: tuple[int | str, ...], *, missing: bool) -> str:
    """What the innermost field is that a path leads through."""
    text = ""
    tree: _Tree | None = _tree(model)
    for part in path:
        if tree is None:
            break
        if part in tree:  # else a name or index of a map or list
            text, tree = tree[part]
    return f"Give it: {text}." if missing and text else f"It is {text}." if text else ""


@functools.cache
def _tree(model: type[BaseModel]) -> _Tree:
    """The fields by name, each with what it is and what is in it; made once, as many documents are wrong."""
    found: _Tree = {}
    for name, field in fields(model):
        held = inner(field)
        found[name] = field.description or "", _tree(held) if held is not None else None
    return found


def _siblings(model: type[BaseModel], path: tuple[int | str, ...]) -> tuple[str, ...]:
    """The names that there are where a path ends."""
    tree = _tree(model)
    for part in path[:-1]:
        tree = tree[part][1] or {} if part in tree else tree
    return tuple(map(str, tree))
