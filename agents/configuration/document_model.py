"""What the models of documents have in common: strictness, reload classes, and problems instead of exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.configuration.json_pointer import parts, pointer
from agents.configuration.problems import invalid, warning
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
        return model.model_validate(content)
    except ValidationError as error:
        problems = tuple(_problem(model, item, where) for item in error.errors(include_url=False, include_input=False))
        listed = "; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in problems)
        raise InvalidError(f"{what} is not valid: {listed}", fix=problems[0].fix, problems=problems) from error


def not_yet(model: type[BaseModel], content: Mapping[str, Json]) -> Iterator[Problem]:
    """A warning for each field that the content gives and nothing reads."""
    for path, field, value in _given(model, content):
        default = field.get_default(call_default_factory=True, validated_data={})
        if not in_effect(field) and value != default:
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


def fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Each field by its name in documents."""
    return ((name_of(name, field), field) for name, field in model.model_fields.items())


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _reload_of(model: type[BaseModel], path: tuple[str, ...]) -> ReloadClass:
    if not path:
        below = [_reload_of(model, (name,)) for name, _ in fields(model)]
        return max(below, key=RELOAD_CLASSES.index, default="hot")
    field = dict(fields(model)).get(path[0])
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
    path, kind = item["loc"], item["type"]
    field, siblings = _at(model, path)
    if kind == "extra_forbidden":
        fix = f"Names here: {', '.join(siblings)}." if siblings else "Take it away."
        message = f"there is no field {path[-1]!r}"
    else:
        message = item["msg"].removeprefix("Value error, ")
        fix = f"It is {field.description}." if field is not None and field.description else ""
        if kind == "missing":
            fix = f"Give it: {field.description}." if field is not None and field.description else "Give it."
    problem = invalid(message, pointer=pointer(path), fix=fix)
    return Problem(code=problem.code, message=message, pointer=problem.pointer, where=where, fix=fix)


def _at(model: type[BaseModel], path: tuple[int | str, ...]) -> tuple[FieldInfo | None, tuple[str, ...]]:
    """The nearest field that a path leads through, and the names of the fields beside its end."""
    found: FieldInfo | None = None
    known: type[BaseModel] | None = model
    for number, part in enumerate(path):
        if known is None:
            break
        field = dict(fields(known)).get(str(part))
        if field is not None:
            found = field
            known = inner(field)
        elif number == len(path) - 1:
            return found, tuple(name for name, _ in fields(known))
    return found, ()
