"""An envelope in, an answer or a problem out: what every function behind an envelope does in the same way.

Each envelope is a request of its own in the audit, under the id that the one who sent it has: lines of the API, of a
tool and of the gateway join by it.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from agents.access.envelope import Envelope, refusal
from agents.errors import InvalidError, QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.audit import Audit
    from agents.json_value import Json

log = logging.getLogger(__name__)

MAX_REPLY_BYTES: Final = 5_500_000  # Lambda takes 6 MB; more would be an error of its, without a reason


def serve(event: object, answer: Callable[[Envelope], dict[str, Json]], *, audit: Audit) -> dict[str, Json]:
    """The reply to one event. Whatever goes wrong is a problem in it, never an exception, never a trace.

    What was decided on the way is written down when it returns; where that fails the reply is a refusal.
    """
    what = "a call"
    try:
        envelope = Envelope.parse(event)
        what = f"{envelope.tool[:64]!r} {envelope.request_id}"  # whoever sent it, it stays one line
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
