"""Documents that take more room on their way than in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel

from agents.api.configs_http import as_model
from agents.configuration.format_text import RefusedError, decoded
from agents.configuration.formats import MAX_TEXT_BYTES, Parsed
from agents.configuration.json_format import read
from agents.configuration.json_values import check_content, is_plain, place
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from agents.api.configs_http import Sent

M = TypeVar("M", bound=BaseModel)
_JSON: Final = "application/json"
_MOST_PROBLEMS: Final = 20  # of a body that has thousands, the first are enough


def read_large(sent: Sent, model: type[M]) -> M:
    """The body as a model. JSON may be as large as its path allows, other formats as `Sent.read` has it.

    Escapes make a text three times as large as what it says, and several documents come at once. JSON is read in a
    time that grows with its length; readers of YAML and TOML take seconds for so much. Raises as `Sent.read`.
    """
    if sent.media_type != _JSON or len(sent.body) <= MAX_TEXT_BYTES:
        return sent.read(model)
    try:
        text = decoded(sent.body)
        content = read(text)
    except RefusedError as error:
        where = place("body", (error.line, error.column))
        problem = Problem(code="invalid", message=error.message, pointer=error.pointer, where=where, fix=error.fix)
        raise InvalidError(f"{where}: {error.message}", fix=error.fix, problems=(problem,)) from error
    if not isinstance(content, dict):
        raise InvalidError("the body is not a map", fix="Write names with values.")
    parsed = Parsed(content, text, "json", "body")
    if not is_plain(content):
        check_content(content, where=parsed.where, positions=parsed.positions)
    return as_model(parsed, model, most=_MOST_PROBLEMS)
