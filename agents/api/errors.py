"""Errors as `application/problem+json` (RFC 9457), one table from code to status."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from fastapi.responses import Response

from agents.configuration.json_pointer import pointer
from agents.errors import InvalidError, LimitedError, Problem, QuartermasterError

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

log = logging.getLogger(__name__)

STATUS: Final = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 412,
    "gap": 410,
    "limited": 429,
    "internal": 500,
    "setup": 500,
    "unavailable": 503,
    "deadline": 504,
}
_MOST_PROBLEMS: Final = 20  # of a request that has thousands, the first are enough
_FIX: Final = "Send what /openapi.json describes, as JSON with Content-Type: application/json."
_TITLES: Final = {404: "There is nothing here", 405: "This method is not allowed here"}


def problem_response(error: QuartermasterError, *, status: int | None = None) -> Response:
    """The response of an error. What is our own fault says no more than that."""
    status = status or STATUS[error.code]
    ours = error.code in {"internal", "setup"}
    problems = error.problems or (Problem(code=error.code, message=error.message, fix=error.fix),)
    body = {
        "type": f"urn:quartermaster:problem:{error.code}",
        "title": "Internal error" if ours else error.message,
        "status": status,
        "code": error.code,
        "problems": [] if ours else [problem.as_json() for problem in problems],
    }
    headers = {}
    if status == STATUS["unauthenticated"]:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, LimitedError):
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(json.dumps(body), status, headers, media_type="application/problem+json")


def answer_error(error: Exception) -> Response:
    """The response of whatever went wrong; a trace goes to the log only."""
    if not isinstance(error, QuartermasterError):
        log.error("unexpected error", exc_info=error)
        return problem_response(QuartermasterError("internal error"))
    if STATUS[error.code] >= STATUS["internal"]:
        log.error("%s: %s", error.code, error.message, exc_info=error.__cause__)
    return problem_response(error)


def handle_errors(app: FastAPI) -> None:
    """The errors that a route is expected to raise become problems; the others are answered by `Edge`."""
    from fastapi.exceptions import RequestValidationError  # noqa: PLC0415 - named once, here
    from starlette.exceptions import HTTPException  # noqa: PLC0415 - the same

    app.add_exception_handler(QuartermasterError, _ours)
    app.add_exception_handler(RequestValidationError, _validation)  # type: ignore[arg-type]  # narrower than Exception
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]  # the same


async def _ours(_: Request, error: Exception) -> Response:
    return answer_error(error)


async def _validation(_: Request, error: RequestValidationError) -> Response:
    problems = tuple(
        Problem(
            code="invalid",
            message="this is not JSON" if item["type"] == "json_invalid" else item["msg"],
            # Of what is not JSON the place is a position in its text, which is no pointer.
            pointer="" if item["type"] == "json_invalid" else pointer(item["loc"][1:]),
            fix=_FIX,
        )
        for item in error.errors()[:_MOST_PROBLEMS]
    )
    listed = "; ".join(f"{problem.pointer or 'body'}: {problem.message}" for problem in problems)
    return problem_response(InvalidError(f"the request is not valid: {listed}", problems=problems))


async def _http(_: Request, error: HTTPException) -> Response:
    kind = InvalidError(_TITLES.get(error.status_code, str(error.detail)), fix="See /openapi.json.")
    return problem_response(kind, status=error.status_code)
