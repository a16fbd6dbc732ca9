"""Who may use which route: decided before a body is read, written down before an answer leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, cast

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from agents.access.roles import Action, need
from agents.access.sign_in import Identity
from agents.api.endpoints import PUBLIC, find, verbs
from agents.api.errors import answer_error, problem_response
from agents.errors import InvalidError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from agents.access.audit import Audit
    from agents.access.audit import Scope as Record
    from agents.access.sign_in import SignIn

_READS: Final = frozenset({"GET", "HEAD"})


class Guard:
    """ASGI middleware inside `Edge`, which names the request.

    A caller who is nobody learns nothing: below /v1 every path and verb is 401 then, whatever the body.
    """

    def __init__(self, app: ASGIApp, *, sign_in: SignIn, audit: Audit) -> None:
        self._app = app
        self._sign_in = sign_in
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) in PUBLIC:
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/v1/"):
            record = self._audit.open(scope["state"]["request_id"])
            try:
                await self._answer(scope, receive, _OnceRecorded(scope, receive, send, record))
            finally:
                record.close()
        else:
            await _nothing_here(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: _OnceRecorded) -> None:
        try:
            identity = await self._identify(scope)
            found = find(scope["method"], scope["path"])
            if found is None:
                await _nothing_here(scope, receive, send)
                return
            # Whom a question is asked as, and whom it is asked, stands in its body: the assistant decides on it.
            if found.action is not Action.ASK:
                need(identity.operator(), found.action, found.resource, self._audit, kind=found.kind)
                if scope["method"] not in _READS:  # what changes something is written down before it does
                    await send.recorded()
        except Exception as error:  # noqa: BLE001 - every way out is an answer, and passes `send`
            await answer_error(error)(scope, receive, send)
            return
        scope["state"]["identity"] = identity
        await self._app(scope, receive, send)

    async def _identify(self, scope: Scope) -> Identity:
        header, address = dict(scope["headers"]).get(b"authorization"), scope.get("client")
        authorization = None if header is None else header.decode("latin-1")
        client = str(address[0]) if address else ""
        # What is known is a look into memory, which a thread would only delay; proving may ask others, and computes.
        known = self._sign_in.recall(authorization, client=client)
        if known is not None:
            return known
        return await run_in_threadpool(self._sign_in.identify, authorization, client=client)


class _OnceRecorded:
    """Sends an answer when all that was decided for it is durable, and 503 instead when that cannot be had."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, record: Record) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._record = record
        self._refused = False

    async def recorded(self) -> None:
        """Makes durable what was decided so far; what is decided later is written down at once."""
        await run_in_threadpool(self._record.flush)

    async def __call__(self, message: Message) -> None:
        if self._refused:
            return
        if message["type"] == "http.response.start":
            try:
                await self.recorded()
            except Exception as error:  # noqa: BLE001 - whatever it is, the answer must not leave
                self._refused = True
                await answer_error(_unrecorded(error))(self._scope, self._receive, self._send)
                return
        await self._send(message)


def _unrecorded(error: Exception) -> UnavailableError:
    unavailable = UnavailableError("what was decided cannot be written down", fix="Try again in a moment.")
    unavailable.__cause__ = error
    return unavailable


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    if allowed := verbs(scope["path"]):
        wrong = InvalidError("this method is not allowed here", fix=f"Use {' or '.join(allowed)}.")
        response = problem_response(wrong, status=405)
        response.headers["Allow"] = ", ".join(allowed)
    else:
        response = problem_response(NotFoundError("there is nothing here", fix="See /openapi.json."))
    await response(scope, receive, send)


async def identity_of(request: Request) -> Identity:
    """For a route: the caller, whom the guard has let pass."""
    return cast("Identity", request.state.identity)


Identified: TypeAlias = Annotated[Identity, Depends(identity_of)]
