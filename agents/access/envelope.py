"""The tool envelope: what travels to a tool or to the gateway function, and back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from agents.access.ports import Rows
from agents.errors import (
    DeadlineError,
    ForbiddenError,
    InvalidError,
    QuartermasterError,
    UnauthenticatedError,
    UnavailableError,
)
from agents.json_value import Json  # noqa: TC001 - an alias is read at run time

_RAISED = {
    error.code: error for error in (DeadlineError, ForbiddenError, InvalidError, UnauthenticatedError, UnavailableError)
}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One call. `deadline` is the milliseconds that are left, as clocks of two machines differ.

    For the gateway `tool` is `query` and `arguments` are `statement` and `persona`.
    """

    tool: str
    arguments: dict[str, Json]
    token: str = field(repr=False)
    deadline: int
    request_id: str
    idempotency_key: str = ""
    config_version: str = ""

    def as_json(self) -> dict[str, Json]:
        return dataclasses.asdict(self)

    @classmethod
    def parse(cls, event: object) -> Envelope:
        """The envelope in a function's event; raises InvalidError that names the wrong field."""
        if not isinstance(event, dict):
            raise InvalidError("the event is not an object")
        fields = {f.name: f for f in dataclasses.fields(cls)}
        if unknown := sorted(event.keys() - fields.keys()):
            raise InvalidError(f"unknown field {unknown[0]!r} in the envelope")
        kinds = {"arguments": dict, "deadline": int}
        for name, spec in fields.items():
            if name not in event and spec.default is dataclasses.MISSING:
                raise InvalidError(f"the envelope lacks {name!r}")
            if name in event and type(event[name]) is not kinds.get(name, str):
                raise InvalidError(f"{name!r} in the envelope is of the wrong type")
        return cls(**event)


def reply(rows: Rows) -> dict[str, Json]:
    """Rows as a function returns them."""
    return {"columns": list(rows.columns), "rows": [list(r) for r in rows.rows], "truncated": rows.truncated}


def refusal(error: QuartermasterError) -> dict[str, Json]:
    """An error as a function returns it: code and message, never a trace."""
    return {"problem": {"code": error.code, "message": error.message, "fix": error.fix}}


def read_reply(payload: object) -> Rows:
    """The rows in a function's reply, or its problem raised as our error of the same code."""
    if not isinstance(payload, dict):
        raise UnavailableError("the gateway's reply is not an object")
    problem = payload.get("problem")
    if isinstance(problem, dict):
        error = _RAISED.get(str(problem.get("code")), UnavailableError)
        raise error(str(problem.get("message", "the gateway failed")), fix=str(problem.get("fix", "")))
    try:
        return Rows(
            columns=tuple(payload["columns"]),
            rows=tuple(tuple(row) for row in payload["rows"]),
            truncated=bool(payload["truncated"]),
        )
    except (KeyError, TypeError) as error:
        raise UnavailableError("the gateway's reply is incomplete") from error
