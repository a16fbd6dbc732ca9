"""An envelope in, an answer or a problem out: what every function behind an envelope does in the same way.

Each envelope is a request of its own in the audit, under the id that the one who sent it has: lines of the API, of a
tool and of the gateway join by it.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from agents.access.decisions import Decision
from agents.access.envelope import Envelope, is_request_id, refusal
from agents.access.roles import Action
from agents.access.sign_in import Identity
from agents.errors import InvalidError, QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.audit import Audit
    from agents.access.sign_in import SignIn
    from agents.json_value import Json

log = logging.getLogger(__name__)

MAX_REPLY_BYTES: Final = 5_500_000  # Lambda takes 6 MB; more would be an error of its, without a reason
_RESOURCES: Final = {Action.QUERY: "query", Action.RUN_TOOL: "tool/?"}  # what nobody could read asks for


def serve(  # noqa: PLR0913 - what it is made of
    event: object,
    answer: Callable[[Envelope], dict[str, Json]],
    *,
    check: Callable[[Envelope], None],
    action: Action,
    sign_in: SignIn,
    audit: Audit,
) -> dict[str, Json]:
    """The reply to one event. Whatever goes wrong is a problem in it, never an exception, never a trace.

    `check` raises InvalidError for an envelope that `answer` could not read. What was decided on the way is written
    down when it returns, and that something was sent that nobody could read, too: as a denial of `action`. Where that
    fails the reply is a refusal.
    """
    what = "a call"
    try:
        try:
            envelope = Envelope.parse(event)
            what = f"{envelope.tool[:64]!r} {envelope.request_id}"  # whoever sent it, it stays one line
            check(envelope)
        except InvalidError as error:
            _deny(event, error, action=action, sign_in=sign_in, audit=audit)
            raise
        with audit.request(envelope.request_id):
            reply = answer(envelope)
            _check(reply)
    except QuartermasterError as error:
        log.info("%s refused: %s", what, error.code)
        return refusal(error)
    except Exception:  # whatever it is, its trace is for the log only
        log.exception("%s failed", what)
        return refusal(QuartermasterError("internal error"))
    return reply


def _deny(event: object, error: InvalidError, *, action: Action, sign_in: SignIn, audit: Audit) -> None:
    """Writes down that something was sent that cannot be read, and who sent it if a token in it proves that."""
    sent = event if isinstance(event, dict) else {}
    token, request_id = sent.get("token"), sent.get("request_id")
    resource = _RESOURCES[action]
    decision = Decision(action=action, resource=resource, allowed=False, rule=error.code, tenant=sign_in.tenant)
    if isinstance(token, str) and token:
        try:
            claims = sign_in.credentials.verify(token)
        except QuartermasterError as unproven:
            log.info("the token of an unreadable call proves nobody: %s", unproven.code)
        else:
            who = Identity(claims=claims, token=token, tenant=sign_in.tenant).operator()
            decision = Decision.of(who, action, resource, allowed=False, rule=error.code)
    with audit.request(request_id if is_request_id(request_id) else ""):
        audit.record(decision)


def _check(reply: dict[str, Json]) -> None:
    """Raises InvalidError for what Lambda would not carry, or would change on the way."""
    try:
        size = len(json.dumps(reply, ensure_ascii=False, allow_nan=False).encode())
    except ValueError as error:
        raise InvalidError(
            "the result holds NaN or Infinity, which JSON cannot say", fix="Ask without dividing by zero."
        ) from error
    if size > MAX_REPLY_BYTES:
        raise InvalidError("the result is too large to send", fix="Ask for fewer rows or columns.")
