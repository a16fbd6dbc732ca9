"""How we talk to AWS: one way to make a client, one translation of its errors."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from agents.errors import SetupError, UnavailableError

if TYPE_CHECKING:
    from agents.errors import QuartermasterError

log = logging.getLogger(__name__)

CONNECT_S: Final = 2.0
READ_S: Final = 30.0  # longer than any turn; the turn's deadline ends it sooner
CONNECTIONS: Final = 64  # as many as limits.parallel_tools may ask for at once; they open as they are needed

_BUSY: Final = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_NOT_SET_UP: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredTokenException",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)


def client(service: str, *, attempts: int = 3) -> Any:  # noqa: ANN401 - boto3 has no types; callers give theirs
    """A client of one service; region, credentials and endpoint come from the environment, as everywhere on AWS.

    `attempts` is how often botocore sends a request that was throttled or lost: whoever has a retry of his own
    asks for 1, so that retries never multiply. Requests that write carry botocore's idempotency token.
    """
    import boto3  # noqa: PLC0415 - 60 ms that only a deployed function pays
    from botocore.config import Config  # noqa: PLC0415 - the same

    retries = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(retries=retries, connect_timeout=CONNECT_S, read_timeout=READ_S, max_pool_connections=CONNECTIONS)
    return boto3.client(service, config=config)


def code(error: Exception) -> str:
    """AWS's name of an error, empty for one that never reached AWS."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def translate(error: Exception, what: str) -> QuartermasterError | None:
    """Our error for one that boto3 raised; None for a defect of ours, which the caller lets pass.

    AWS's own text stays in the log.
    """
    from botocore.exceptions import (  # noqa: PLC0415 - beside boto3
        BotoCoreError,
        NoCredentialsError,
        NoRegionError,
        PartialCredentialsError,
    )

    alone = isinstance(error, NoCredentialsError | NoRegionError | PartialCredentialsError)
    if code(error) in _BUSY or (isinstance(error, BotoCoreError) and not alone):
        log.warning("%s failed: %s", what, error)
        return UnavailableError(f"{what} does not answer for now", fix="Try again in a moment.")
    if alone or code(error) in _NOT_SET_UP:
        log.error("%s refused: %s", what, error)
        return SetupError(
            f"{what} is missing or may not be used from here",
            fix="Deploy the stack again, and check the role's rights.",
        )
    return None
