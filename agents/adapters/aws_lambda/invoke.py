"""How one function calls another: an envelope with the caller's token goes out, an answer or a problem comes back."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from agents.access.audit import current_request_id
from agents.access.envelope import Envelope, read_reply
from agents.adapters.aws import code, translate
from agents.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.principal import Caller
    from agents.deadline import Deadline
    from agents.json_value import Json

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES: Final = 6 * 1024 * 1024  # of a synchronous invocation, either way
ATTEMPTS: Final = 4
_FIRST_WAIT_S: Final = 0.1
_MARGIN_MS: Final = 250  # the function ends this much before us, so that its own answer still arrives
_AGAIN: Final = frozenset(
    {"EC2ThrottledException", "ServiceException", "ThrottlingException", "TooManyRequestsException"}
)


class Invoker:
    """Invokes functions that read, so one that was throttled is invoked again, within the deadline.

    `client` must not retry by itself. A call made within a request of the audit travels under that request's id, so
    that both functions' lines join; `request_id` makes one for any other. `random`, from 0 to 1, spreads the retries.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 has no types
        *,
        request_id: Callable[[], str],
        random: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._request_id = request_id
        self._random = random
        self._sleep = sleep

    def call(  # noqa: PLR0913 - what goes into an envelope
        self,
        function: str,
        tool: str,
        arguments: dict[str, Json],
        caller: Caller,
        *,
        deadline: Deadline,
        what: str,
    ) -> dict[str, Json]:
        """The function's answer; `what` names it in errors. Raises its problem as our error of the same code.

        Raises InvalidError for arguments too large to send, DeadlineError, UnavailableError and SetupError.
        """
        request_id = current_request_id() or self._request_id()
        for attempt in range(ATTEMPTS):
            left_s = deadline.check(what)
            envelope = Envelope(
                tool=tool,
                arguments={**arguments, "persona": caller.principal.persona},
                token=caller.token,
                deadline=max(1, int(left_s * 1000) - _MARGIN_MS),
                request_id=request_id,
            )
            answer = self._invoke(function, envelope, what)
            if answer is not None:
                return read_reply(_payload(answer, f"{what} {request_id}", what), what=what)
            self._sleep(min(deadline.remaining_s(), _FIRST_WAIT_S * 2**attempt * (0.5 + self._random())))
        raise UnavailableError(f"{what} is busy", fix="Try again in a moment.")

    def _invoke(self, function: str, envelope: Envelope, what: str) -> Any:  # noqa: ANN401 - boto3 has no types
        """Lambda's answer, None when it was throttled."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        payload = json.dumps(envelope.as_json()).encode()
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise InvalidError(f"this is too large to send to {what}", fix="Ask for less.")
        try:
            return self._client.invoke(FunctionName=function, Payload=payload)
        except (BotoCoreError, ClientError) as error:
            if code(error) in _AGAIN:
                return None
            if ours := translate(error, what):
                raise ours from error
            raise


def _payload(answer: Any, call: str, what: str) -> object:  # noqa: ANN401 - boto3 has no types
    text = answer["Payload"].read()
    # Lambda answers 200 for a function that failed, timed out or returned too much; its text is for the log.
    if "FunctionError" in answer:
        log.error("%s failed: %s", call, text[:2000].decode(errors="replace"))
        raise UnavailableError(f"{what} failed", fix="Try again, or ask for less.")
    try:
        payload: object = json.loads(text)
    except ValueError as error:
        raise UnavailableError(f"the reply of {what} is not JSON") from error
    return payload
