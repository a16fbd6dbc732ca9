"""What is wrong with a stack file, in sentences: file, key, what was found, what to write instead."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .schema import KEY, any_of, node_of, schema_of, valid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from .schema import Node
    from .sections import Section


@dataclass(frozen=True)
class Problem:
    file: str
    key: str  # below the namespace: resources.lambda.memory_mb
    message: str

    def __str__(self) -> str:
        return f"{self.file} quartermaster:{self.key}: {self.message}"


class SettingsError(Exception):
    """A stack's settings are wrong; `problems` holds every one of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(key: str, known: Iterable[str]) -> str:
    """Advice for an unknown key: the one that was probably meant, or all there are."""
    names = sorted(known)
    close = difflib.get_close_matches(key, names, n=1)
    return f"did you mean {close[0]}?" if close else f"write one of {any_of(names)}"


def explain(error: ValidationError, model: type[Section], file: str, section: str) -> list[Problem]:
    """One problem for each mistake that pydantic found in a section."""
    schema = schema_of(model)
    return [
        Problem(file, ".".join((section, *_steps(detail))), _message(detail, schema))
        for detail in error.errors(include_url=False)
    ]


def _steps(detail: ErrorDetails) -> list[str]:
    return [str(step) for step in detail["loc"] if step != KEY]


def _message(detail: ErrorDetails, schema: Node) -> str:
    *above, last = detail["loc"] or ("",)
    node = node_of(schema, detail["loc"])
    value = _shown(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            keys = node_of(schema, above).get("properties")
            return f"is not a setting; {nearest(str(last), keys if isinstance(keys, dict) else ())}"
        case "missing":
            return f"is missing; write {valid(node)}"
        case "greater_than_equal":
            return f"{value} is too small; write {valid(node)}"
        case "less_than_equal":
            return f"{value} is too large; write {valid(node)}"
        case "string_type":
            return f"{value} is not text; put it in quotes ({valid(node)})"
    return f"{value} is not valid; write {valid(node)}"


def _shown(value: object, longest: int = 60) -> str:
    text = "nothing" if value is None or value == "" else str(value)  # the engine says "" of a key without a value
    return text if len(text) <= longest else f"{text[:longest]}..."
