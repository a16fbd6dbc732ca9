"""What tools give back, and what becomes of each call."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from agents.access.envelope import read_rows, reply
from agents.digests import sha256
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.ports import Cell, Rows
    from agents.errors import Problem
    from agents.json_value import Json

Status: TypeAlias = Literal["ok", "failed", "timeout", "denied", "skipped"]

_DENIED: Final = "this call was not allowed"


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """A figure that stands up: what it is, how it was made, from what, and how good it is.

    `value` is the headline in `units`; `method` says how, `parameters` with which numbers; `inputs_digest` is the
    SHA-256 of the rows it was made from; `quality` holds back-test errors or known gaps; `table` the detail.
    """

    value: Cell
    units: str
    method: str
    parameters: dict[str, Cell]
    inputs_digest: str
    as_of: date
    quality: dict[str, Cell] = field(default_factory=dict)
    sensitivity: str = "internal"
    table: Rows | None = None

    def as_json(self) -> dict[str, Json]:
        """The fields in JSON's types; a number that is none, or without an end, is null."""
        fields: dict[str, Json] = {
            "value": self.value,
            "units": self.units,
            "method": self.method,
            "parameters": dict(self.parameters),
            "inputs_digest": self.inputs_digest,
            "as_of": self.as_of.isoformat(),
            "quality": dict(self.quality),
            "sensitivity": self.sensitivity,
        }
        if self.table is not None:
            fields["table"] = reply(self.table)
        return {name: _finite(value) for name, value in fields.items()}


def read_result(fields: Mapping[str, Json], *, what: str) -> ToolResult:
    """A result from what `as_json` made of it, exactly; raises UnavailableError for anything else."""
    table = fields.get("table")
    try:
        return ToolResult(
            value=_cell(fields["value"]),
            units=_text(fields["units"]),
            method=_text(fields["method"]),
            parameters=_cells(fields["parameters"]),
            inputs_digest=_text(fields["inputs_digest"]),
            as_of=date.fromisoformat(_text(fields["as_of"])),
            quality=_cells(fields["quality"]),
            sensitivity=_text(fields["sensitivity"]),
            table=None if table is None else read_rows(table, what=what),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError(f"the reply of {what} is no result of a tool") from error


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _cell(value: Json) -> Cell:
    if isinstance(value, list | dict):
        raise TypeError
    return value


def _cells(value: Json) -> dict[str, Cell]:
    if not isinstance(value, dict):
        raise TypeError
    return {name: _cell(cell) for name, cell in value.items()}


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call that the model wants: which tool, with which arguments."""

    name: str
    arguments: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class ToolOutcome:
    """What became of a call: a result when `status` is `ok`, else a problem."""

    call: ToolCall
    status: Status
    elapsed_ms: float
    result: ToolResult | None = None
    problem: Problem | None = None

    def as_json(self) -> dict[str, Json]:
        """The entry of `tools` in an answer.

        What was denied is not repeated, and why only in a word: what helps a model to ask better tells of a schema.
        """
        entry: dict[str, Json] = {
            "name": self.call.name,
            "status": self.status,
            "arguments": {} if self.status == "denied" else _finite(self.call.arguments),
            "elapsed_ms": round(self.elapsed_ms, 1),
        }
        if self.result is not None:
            entry["result"] = self.result.as_json()
        if self.problem is not None:
            told = self.problem.as_json()
            if self.status == "denied":
                told = {name: told[name] for name in ("code", "reason") if name in told} | {"message": _DENIED}
            entry["problem"] = dict(told)
        return entry


def _finite(value: Json) -> Json:
    """The value with null for each number that JSON cannot say."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return value


def inputs_digest(*inputs: Rows) -> str:
    """SHA-256 over the rows a result was made from, so that two answers can be told to rest on the same data."""
    text = json.dumps([dataclasses.astuple(rows) for rows in inputs], separators=(",", ":"))
    return sha256(text.encode())
