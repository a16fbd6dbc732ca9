"""Requests to the API: a token with each, and errors as ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx

from agents.client.nouns import problems
from agents.errors import (
    ConflictError,
    DeadlineError,
    ForbiddenError,
    GapError,
    InvalidError,
    LimitedError,
    NotFoundError,
    QuartermasterError,
    UnauthenticatedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agents.client.nouns import Fields

T = TypeVar("T")
_KINDS: Final = {
    kind.code: kind
    for kind in (
        ConflictError,
        DeadlineError,
        ForbiddenError,
        GapError,
        InvalidError,
        NotFoundError,
        UnauthenticatedError,
        UnavailableError,
    )
}
_OWN_FAULT: Final = 500
_REFUSED: Final = 400
_RETRY_S: Final = 5


class Connection:
    """`token` gives the token for each request, so that one that ended is followed by another."""

    def __init__(
        self, url: str, token: Callable[[], str], *, timeout_s: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.token = token
        self.timeout_s = timeout_s
        self.http = httpx.Client(base_url=url, timeout=timeout_s, transport=transport)

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        """The answer, 304 among them; raises the error that it is, and UnavailableError when there is none."""
        try:
            response = self.http.request(method, path, headers=self.headers(headers), **options)
        except httpx.HTTPError as error:
            raise unreachable(error) from error
        check(response)
        return response

    def read(self, response: httpx.Response, build: Callable[[Fields], T]) -> T:
        """What the body says; raises UnavailableError when that is not what our API says."""
        with reading():
            return build(response.json())

    def headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Those of a request."""
        return {"Authorization": f"Bearer {self.token()}", **(more or {})}


@contextmanager
def reading() -> Iterator[None]:
    """What cannot be read was not said by our API: what stands in between may say anything, with status 200."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnavailableError(
            "what answered is not the API", fix="Check its URL, and what stands in between; try again."
        ) from error


def check(response: httpx.Response) -> None:
    """Raises the error that a response is; its body must have been read."""
    if response.status_code < _REFUSED:
        return
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    raise error_of(
        str(body.get("code", "")),
        str(body.get("title") or f"the server answered {response.status_code}"),
        listed=body.get("problems") or (),
        status=response.status_code,
        retry_after=response.headers.get("retry-after", ""),
    )


def error_of(  # noqa: PLR0913 - what a response says of it
    code: str, message: str, *, fix: str = "", listed: object = (), status: int = _REFUSED, retry_after: str = ""
) -> QuartermasterError:
    """The error of a code; of a server that is not ours, by its status."""
    found = problems(listed)
    fix = fix or next((problem.fix for problem in found), "")
    if code == LimitedError.code or status == httpx.codes.TOO_MANY_REQUESTS:
        return LimitedError(message, retry_after_s=int(retry_after) if retry_after.isdigit() else _RETRY_S)
    by_status = UnavailableError if status >= _OWN_FAULT else InvalidError
    return _KINDS.get(code, by_status)(message, fix=fix, problems=found)


def unreachable(error: httpx.HTTPError) -> UnavailableError:
    """The error of a server that did not answer."""
    return UnavailableError(f"the server did not answer ({type(error).__name__})", fix="Check its URL, and try again.")
