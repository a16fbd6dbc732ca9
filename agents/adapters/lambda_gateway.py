"""The SQL gateway as a function of its own: the envelope goes out with the caller's token, rows come back."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from agents.access.envelope import Envelope, read_reply
from agents.adapters.aws import code, translate
from agents.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.ports import Rows
    from agents.access.principal import Caller
    from agents.deadline import Deadline

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES: Final = 6 * 1024 * 1024  # of a synchronous invocation, either way
ATTEMPTS: Final = 4
_FIRST_WAIT_S: Final = 0.1
_MARGIN_MS: Final = 250  # the gateway ends this much before us, so that its own answer still arrives
_AGAIN: Final = frozenset(
    {"EC2ThrottledException", "ServiceException", "ThrottlingException", "TooManyRequestsException"}
)


class LambdaGateway:
    """A `Gateway`. Queries read, so one that was throttled is sent again, within the deadline.

    `client` must not retry by itself. `request_id` makes the id that both functions log; `random`, from 0 to 1,
    spreads the retries.
    """

    dialect: ClassVar[str] = "athena"

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 has no types
        function: str,
        *,
        request_id: Callable[[], str],
        random: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._function = function
        self._request_id = request_id
        self._random = random
        self._sleep = sleep

    def query(self, statement: str, caller: Caller, *, deadline: Deadline) -> Rows:
        request_id = self._request_id()
        for attempt in range(ATTEMPTS):
            left_s = deadline.check("the query")
            envelope = Envelope(
                tool="query",
                arguments={"statement": statement, "persona": caller.principal.persona},
                token=caller.token,
                deadline=max(1, int(left_s * 1000) - _MARGIN_MS),
                request_id=request_id,
            )
            answer = self._invoke(envelope)
            if answer is not None:
                return read_reply(self._payload(answer, request_id))
            self._sleep(min(deadline.remaining_s(), _FIRST_WAIT_S * 2**attempt * (0.5 + self._random())))
        raise UnavailableError("the gateway is busy", fix="Try again in a moment.")

    def _invoke(self, envelope: Envelope) -> Any:  # noqa: ANN401 - boto3 has no types
        """Lambda's answer, None when it was throttled."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        payload = json.dumps(envelope.as_json()).encode()
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise InvalidError("the statement is too large to send", fix="Ask for less.")
        try:
            return self._client.invoke(FunctionName=self._function, Payload=payload)
        except (BotoCoreError, ClientError) as error:
            if code(error) in _AGAIN:
                return None
            if ours := translate(error, "the gateway"):
                raise ours from error
            raise

    def _payload(self, answer: Any, request_id: str) -> object:  # noqa: ANN401 - boto3 has no types
        text = answer["Payload"].read()
        # Lambda answers 200 for a function that failed, timed out or returned too much; its text is for the log.
        if "FunctionError" in answer:
            log.error("gateway failed for %s: %s", request_id, text[:2000].decode(errors="replace"))
            raise UnavailableError("the gateway failed", fix="Try again, or ask for less.")
        try:
            payload: object = json.loads(text)
        except ValueError as error:
            raise UnavailableError("the gateway's reply is not JSON") from error
        return payload
