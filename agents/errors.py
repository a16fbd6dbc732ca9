"""One error tree with stable codes.

    QuartermasterError            internal
    ├── InvalidError              invalid          the request or document is wrong as written
    ├── UnauthenticatedError      unauthenticated  no valid token
    ├── ForbiddenError            forbidden        known, but not allowed
    ├── NotFoundError             not_found
    ├── ConflictError             conflict         somebody wrote first
    ├── LimitedError              limited          too many requests; wait
    ├── GapError                  gap              the cursor is older than the log
    ├── DeadlineError             deadline         the time for the whole turn is used up
    ├── UnavailableError          unavailable      something we need is away; try again
    └── SetupError                setup            this machine or account lacks something

A class is a status and an exit code (`agents.api.errors`, `agents.cli.errors`), a message is for a person:
what, where, why, what to do next. What is not in this tree is a defect: outside it reads "internal error".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and how to mend it.

    `pointer` is an RFC 6901 path into the document; `where` is `file:line:column` or a URL.
    """

    code: str
    message: str
    pointer: str = ""
    where: str = ""
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        """The non-empty fields, in the order a reader wants them."""
        fields = {
            "code": self.code,
            "message": self.message,
            "pointer": self.pointer,
            "where": self.where,
            "fix": self.fix,
        }
        return {name: value for name, value in fields.items() if value}


class QuartermasterError(Exception):
    """Something went wrong inside Quartermaster."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, fix: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.problems = problems

    def __str__(self) -> str:
        return f"{self.message}. {self.fix}" if self.fix else self.message


class InvalidError(QuartermasterError):
    """The request or document is wrong as written."""

    code = "invalid"


class UnauthenticatedError(QuartermasterError):
    """There is no valid token with the request."""

    code = "unauthenticated"


class ForbiddenError(QuartermasterError):
    """The principal is known, and may not do this."""

    code = "forbidden"


class NotFoundError(QuartermasterError):
    """There is no such thing."""

    code = "not_found"


class ConflictError(QuartermasterError):
    """The document changed since it was read: read it again, merge, publish again."""

    code = "conflict"


class LimitedError(QuartermasterError):
    """Too many requests of this caller: wait `retry_after_s` seconds."""

    code = "limited"

    def __init__(self, message: str, *, retry_after_s: int, fix: str = "") -> None:
        super().__init__(message, fix=fix or f"Wait {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class GapError(QuartermasterError):
    """The cursor is older than the log: read the full state again."""

    code = "gap"


class DeadlineError(QuartermasterError):
    """The time for the whole turn is used up."""

    code = "deadline"


class UnavailableError(QuartermasterError):
    """Something that is needed is away for now: try again."""

    code = "unavailable"


class SetupError(QuartermasterError):
    """This machine or account lacks something: a tool, a package, a credential, a free port."""

    code = "setup"
