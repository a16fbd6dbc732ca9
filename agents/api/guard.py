"""Who may use which route: decided before a body is read, written down before an answer leaves."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, cast

import anyio
from anyio import to_thread
from fastapi import Depends, Request

from agents.access.roles import Action, allowing, need
from agents.access.sign_in import Identity
from agents.api.allowed_reads import AllowedReads
from agents.api.endpoints import PUBLIC, find, verbs
from agents.api.errors import answer_error, problem_response
from agents.errors import InvalidError, LimitedError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from agents.access.audit import Audit
    from agents.access.audit import Scope as Record
    from agents.access.sign_in import SignIn
    from agents.api.endpoints import Found

MOST_ASKS: Final = 8  # of one subject at once: an ask holds a thread for as long as its model and tools take
_READS: Final = frozenset({"GET", "HEAD"})
# Threads for proving and for writing down are apart from those that routes work on, which slow asks may all hold, and
# from each other: an issuer that is slow must not keep answers back.
_PROVING: Final = 8
_WRITING: Final = 32  # so many write at once, and most of them wait for the same sync
_BUSY_S: Final = 2
_ENDING: Final = "ending"  # in the scope's state, where the process lives on between requests: done when it ends


class Guard:
    """ASGI middleware inside `Edge`, which names the request.

    A caller who is nobody learns nothing: below /v1 every path and verb is 401 then, whatever the body.
    """

    def __init__(
        self, app: ASGIApp, *, sign_in: SignIn, audit: Audit, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._sign_in = sign_in
        self._audit = audit
        self._proving = anyio.CapacityLimiter(_PROVING)
        self._writing = anyio.CapacityLimiter(_WRITING)
        self._reads = AllowedReads(audit, clock=clock, limiter=self._writing)
        self._asks: Counter[str] = Counter()  # by subject; of the event loop alone
        self._told: set[str] = set()  # whose row of refusals is written down

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) in PUBLIC:
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/v1/"):
            record = self._audit.open(scope["state"]["request_id"])
            try:
                await self._answer(scope, receive, _OnceRecorded(scope, receive, send, record, self._writing))
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
            if found.followed and self._noted(scope, identity, found):
                send.nothing_waits()
            elif found.action is not Action.ASK:
                need(identity.operator(), found.action, found.resource, self._audit, kind=found.kind)
                if scope["method"] not in _READS:  # what changes something is written down before it does
                    await send.recorded()
            else:
                self._need_room(identity)
        except Exception as error:  # noqa: BLE001 - every way out is an answer, and passes `send`
            await answer_error(error)(scope, receive, send)
            return
        scope["state"]["identity"] = identity
        with self._counted(identity.claims.subject, found.action):
            await self._app(scope, receive, send)

    def _noted(self, scope: Scope, identity: Identity, found: Found) -> bool:
        """Whether a read is allowed, and will be written down soon. Everything else is decided as always."""
        ending = scope["state"].get(_ENDING)
        who = identity.operator()
        rule = allowing(who, found.action, found.kind)
        if ending is None or rule is None:
            return False
        request_id = scope["state"]["request_id"]
        return self._reads.note(who, found.action, found.resource, rule=rule, request_id=request_id, ending=ending)

    def _need_room(self, identity: Identity) -> None:
        """For one more ask; a refusal is written down for the first of a row only, as other limits are."""
        subject = identity.claims.subject
        if self._asks[subject] >= MOST_ASKS:
            error = LimitedError(f"you have {MOST_ASKS} questions under way", retry_after_s=_BUSY_S)
            self._sign_in.limited(error, first=subject not in self._told, who=identity.operator())
            self._told.add(subject)
            raise error

    @contextmanager
    def _counted(self, subject: str, action: Action) -> Iterator[None]:
        if action is not Action.ASK:
            yield
            return
        self._asks[subject] += 1
        try:
            yield
        finally:
            self._asks[subject] -= 1
            if not self._asks[subject]:  # a row of refusals ends with a pause, and nothing more is kept
                del self._asks[subject]
                self._told.discard(subject)

    async def _identify(self, scope: Scope) -> Identity:
        header, address = dict(scope["headers"]).get(b"authorization"), scope.get("client")
        authorization = None if header is None else header.decode("latin-1")
        client = str(address[0]) if address else ""
        # What is known is a look into memory, which a thread would only delay; proving may ask others, and computes.
        known = self._sign_in.recall(authorization, client=client)
        if known is not None:
            return known
        prove = partial(self._sign_in.identify, authorization, client=client)
        return await to_thread.run_sync(prove, limiter=self._proving)


class _OnceRecorded:
    """Sends an answer when all that was decided for it is durable, and 503 instead when that cannot be had."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, record: Record, writing: anyio.CapacityLimiter
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._record = record
        self._writing = writing
        self._refused = False
        self._waits = True

    def nothing_waits(self) -> None:
        """What was decided needs no disk, and the route decides nothing more: no thread is taken for that."""
        self._waits = False

    async def recorded(self) -> None:
        """Makes durable what was decided so far; what is decided later is written down at once."""
        if self._record.done():  # mostly: what was written down before the route changed something
            return
        if self._waits:
            await to_thread.run_sync(self._record.flush, limiter=self._writing)
        else:
            self._record.flush()

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
