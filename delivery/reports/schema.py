"""The JSON Schema of `qm plan -o json`: `python -m delivery.reports.schema [--check]` writes it from the shapes."""

from __future__ import annotations

import argparse
import json
import sys
import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

from delivery.defects import Defect
from delivery.findings import Exempt, Finding, NotEvaluated

from .changes import Changed, Changes, Resource, Violation
from .cost import Cost, Item, Unpriced
from .grants import Difference, Grant
from .properties import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE: Final = Path(__file__).parents[2] / "docs" / "plan.schema.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SHAPES: Final = (
    *(Defect, Exempt, Finding, NotEvaluated),
    *(Cost, Item, Unpriced),
    *(Changes, Resource, Changed, Edit, Difference, Grant, Violation),
)
_PLAIN: Final = {str: "string", int: "integer", bool: "boolean"}
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_COUNT: Final = {"type": "integer", "minimum": 0}


def schema() -> dict[str, object]:
    """One stack's report is an object, several are an array of them."""
    return {
        "$schema": _DIALECT,
        "title": "Report of `qm plan -o json`",
        "anyOf": [{"$ref": "#/$defs/Report"}, {"type": "array", "items": {"$ref": "#/$defs/Report"}}],
        "$defs": {
            "Report": _report(),
            **{shape.__name__: _of(shape) for shape in sorted(_SHAPES, key=lambda one: one.__name__)},
        },
    }


def text() -> str:
    return json.dumps(schema(), indent=2, sort_keys=True) + "\n"


def _report() -> dict[str, object]:
    texts: dict[str, object] = dict.fromkeys(("urn", "type", "name", "parent", "location"), _TEXT)
    counts = dict.fromkeys(
        ("resources", "defects", "mandatory", "advisory", "not_evaluated", "exempt"),
        _COUNT,
    )
    return _object(
        {
            "resources": _array(_object({**texts, "protect": {"type": "boolean"}})),
            "defects": _array(_named(Defect)),
            "findings": _array(_named(Finding)),
            "not_evaluated": _array(_named(NotEvaluated)),
            "exemptions": _array(_named(Finding)),
            "summary": _object({"stack": {"type": "string"}, **counts, "assumed": _TEXTS, "warned": _TEXTS}),
            "cost": _named(Cost),
            "changes": _named(Changes),
        },
        optional=("changes",),
    )


def _of(shape: type) -> dict[str, object]:
    hints = get_type_hints(shape, localns={"Mapping": dict})
    return _object({one.name: _type(hints[one.name]) for one in fields(shape)})


def _type(hint: Any) -> dict[str, object]:  # noqa: ANN401 - whatever an annotation may be
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if is_dataclass(hint) and isinstance(hint, type):
        return _named(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return _array(_type(arguments[0]))
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if origin is types.UnionType:
        return {"anyOf": [{"type": "null"} if one is types.NoneType else _type(one) for one in arguments]}
    raise TypeError(f"{hint} has no place in a report: use text, numbers, dataclasses and tuples of them")


def _named(shape: type) -> dict[str, object]:
    return {"$ref": f"#/$defs/{shape.__name__}"}


def _array(items: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "items": items}


def _object(properties: dict[str, object], optional: Sequence[str] = ()) -> dict[str, object]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def main(arguments: Sequence[str] | None = None, file: Path = FILE) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the file is as it should be")
    if not parser.parse_args(arguments).check:
        file.write_text(text(), encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != text():
        sys.exit(f"{file.name} is stale: run `python -m delivery.reports.schema`")


if __name__ == "__main__":
    main()
