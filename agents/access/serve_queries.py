"""The gateway as a function: an envelope in, rows or a problem out, never an exception."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from agents.access.envelope import Envelope, refusal, reply
from agents.access.personas import need_persona
from agents.deadline import Deadline
from agents.errors import InvalidError, QuartermasterError

if TYPE_CHECKING:
    from agents.access.ports import Gateway
    from agents.access.sign_in import SignIn
    from agents.json_value import Json

log = logging.getLogger(__name__)

MAX_REPLY_BYTES: Final = 5_500_000  # Lambda takes 6 MB; more would be an error of its, without a reason
LONGEST_S: Final = 25.0


def answer_query(event: object, *, gateway: Gateway, sign_in: SignIn) -> dict[str, Json]:
    """The reply to one envelope. The token in it is verified here, whoever sent it."""
    request_id = ""
    try:
        envelope = Envelope.parse(event)
        request_id = envelope.request_id
        answer = _answer(envelope, gateway, sign_in)
        if len(json.dumps(answer, ensure_ascii=False).encode()) > MAX_REPLY_BYTES:
            raise InvalidError("the result is too large to send", fix="Ask for fewer rows or columns.")  # noqa: TRY301 - one place turns errors into replies
    except QuartermasterError as error:
        log.info("query %s refused: %s", request_id, error.code)
        return refusal(error)
    except Exception:  # whatever it is, its trace is for the log only
        log.exception("query %s failed", request_id)
        return refusal(QuartermasterError("internal error"))
    return answer


def _answer(envelope: Envelope, gateway: Gateway, sign_in: SignIn) -> dict[str, Json]:
    deadline = Deadline.after(min(LONGEST_S, envelope.deadline / 1000))
    statement, persona = envelope.arguments.get("statement"), envelope.arguments.get("persona")
    if envelope.tool != "query" or not isinstance(statement, str):
        raise InvalidError("the gateway takes the tool `query` with a `statement`")
    if persona is not None and not isinstance(persona, str):
        raise InvalidError("`persona` is not text")
    caller = sign_in.caller(envelope.token, persona=persona)
    need_persona(caller.principal)
    return reply(gateway.query(statement, caller, deadline=deadline))
