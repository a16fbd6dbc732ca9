"""The tool envelope: what travels to a tool or to the gateway function, and back."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from agents.access.ports import Rows
from agents.deadline import Deadline
from agents.errors import (
    DeadlineError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    QuartermasterError,
    UnauthenticatedError,
    UnavailableError,
)
from agents.json_value import Json  # noqa: TC001 - an alias is read at run time

LONGEST_S: Final = 25.0  # that a function works for one envelope, whatever it says
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")  # it is written into logs and into the audit
_RAISED = {
    error.code: error
    for error in (
        DeadlineError,
        ForbiddenError,
        InvalidError,
        NotFoundError,
        UnauthenticatedError,
        UnavailableError,
    )
}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One call. `deadline` is the milliseconds that are left, as clocks of two machines differ.

    For the gateway `tool` is `query` and `arguments` are `statement` and `persona`; for a tool they are its own
    `arguments` and `persona`.
    """

    tool: str
    arguments: dict[str, Json]
    token: str = field(repr=False)
    deadline: int
    request_id: str
    idempotency_key: str = ""
    config_version: str = ""

    @property
    def persona(self) -> str | None:
        """The persona that the sender claims; raises InvalidError when it is not text."""
        persona = self.arguments.get("persona")
        if persona is not None and not isinstance(persona, str):
            raise InvalidError("`persona` is not text")
        return persona

    def deadline_here(self, longest_s: float = LONGEST_S) -> Deadline:
        """The deadline on this machine's clock, at most `longest_s` away."""
        return Deadline.after(min(LONGEST_S, longest_s, self.deadline / 1000))

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
        if not is_request_id(event["request_id"]):
            raise InvalidError("'request_id' in the envelope has 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'")
        return cls(**event)


def is_request_id(value: object) -> TypeGuard[str]:
    """Whether a value may be written down as the id of a request."""
    return isinstance(value, str) and _REQUEST_ID.fullmatch(value) is not None


def reply(rows: Rows) -> dict[str, Json]:
    """Rows as a function returns them."""
    return {"columns": list(rows.columns), "rows": [list(r) for r in rows.rows], "truncated": rows.truncated}


def refusal(error: QuartermasterError) -> dict[str, Json]:
    """An error as a function returns it: code and message, never a trace."""
    return {"problem": {"code": error.code, "message": error.message, "fix": error.fix}}


def read_reply(payload: object, *, what: str) -> dict[str, Json]:
    """The answer in a function's reply, or its problem raised as our error of the same code; `what` answered."""
    if not isinstance(payload, dict):
        raise UnavailableError(f"the reply of {what} is not an object")
    problem = payload.get("problem")
    if isinstance(problem, dict):
        error = _RAISED.get(str(problem.get("code")), UnavailableError)
        raise error(str(problem.get("message", f"{what} failed")), fix=str(problem.get("fix", "")))
    return payload


def read_rows(reply: object, *, what: str) -> Rows:
    """Rows as `reply` wrote them; raises UnavailableError when something is missing."""
    try:
        return Rows(
            columns=tuple(reply["columns"]),  # type: ignore[index]  # what is not an object is refused below
            rows=tuple(tuple(row) for row in reply["rows"]),  # type: ignore[index]  # see above
            truncated=bool(reply["truncated"]),  # type: ignore[index]  # see above
        )
    except (KeyError, TypeError) as error:
        raise UnavailableError(f"the reply of {what} is incomplete") from error
