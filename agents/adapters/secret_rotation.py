"""The four steps in which Secrets Manager has a secret replaced; the secrets are random keys that only we use.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
A step may come again, late, or twice at once, so each looks at what is there before it does anything.
"""

from __future__ import annotations

import base64
import binascii
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agents.adapters.aws import code, translate
from agents.errors import InvalidError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

KEY_BYTES: Final = 32
_CURRENT: Final = "AWSCURRENT"
_PENDING: Final = "AWSPENDING"


@dataclass(frozen=True)
class _Version:
    """The version that a rotation is to make: `token` is its id."""

    secret: str
    token: str
    stages: Mapping[str, frozenset[str]]  # of each version of the secret

    @property
    def current(self) -> str | None:
        """The version in use; None for a secret that never had a value."""
        return next((version for version, stages in self.stages.items() if _CURRENT in stages), None)


class SecretRotation:
    """Gives a secret a new random key: KEY_BYTES bytes as base64. `random(n)` makes n bytes.

    Raises InvalidError for an event that is none or a version that was not staged, SetupError and UnavailableError.
    """

    def __init__(self, client: Any, *, random: Callable[[int], bytes]) -> None:  # noqa: ANN401 - boto3 has no types
        self._client = client
        self._random = random
        self._steps: dict[str, Callable[[_Version], None]] = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }

    def run(self, event: object) -> None:
        """One step for one version."""
        fields = event if isinstance(event, dict) else {}
        wanted = [fields.get(name) for name in ("Step", "SecretId", "ClientRequestToken")]
        step, secret, token = (value if isinstance(value, str) else "" for value in wanted)
        if step not in self._steps or not secret or not token:
            raise InvalidError(
                "the event is not a step of a rotation",
                fix="Let Secrets Manager call this: aws secretsmanager rotate-secret.",
            )
        version = self._staged(secret, token)
        if version.current == token:
            log.info("%s: %s is in use already", step, secret)
            return
        self._steps[step](version)
        log.info("%s: done for %s", step, secret)

    def _staged(self, secret: str, token: str) -> _Version:
        """The version, which Secrets Manager labels before the first step."""
        found = self._call("describe_secret", SecretId=secret)
        stages = {version: frozenset(labels) for version, labels in found.get("VersionIdsToStages", {}).items()}
        version = _Version(secret, token, stages)
        if not found.get("RotationEnabled"):
            raise InvalidError(f"rotation is not turned on for {secret}", fix="Deploy the stack again.")
        if version.current != token and _PENDING not in stages.get(token, ()):
            raise InvalidError(
                f"no rotation of {secret} to that version has begun", fix="Start one with rotate-secret."
            )
        return version

    def _create(self, version: _Version) -> None:
        """A key that is there stays: a later step may have used it."""
        if self._value(version) is not None:
            return
        key = base64.b64encode(self._random(KEY_BYTES)).decode()
        self._call(
            "put_secret_value",
            but=("ResourceExistsException",),  # the same step at the same time was faster, and its key counts
            SecretId=version.secret,
            ClientRequestToken=version.token,
            SecretString=key,
            VersionStages=[_PENDING],
        )

    def _set(self, version: _Version) -> None:
        """Nobody else holds the key, so there is nowhere to set it."""

    def _test(self, version: _Version) -> None:
        try:
            key = base64.b64decode(self._value(version) or "", validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            raise SetupError(
                f"the new version of {version.secret} holds no key of {KEY_BYTES} bytes",
                fix="Cancel the rotation and start it again.",
            )

    def _finish(self, version: _Version) -> None:
        """AWS takes the label of the old version in the same call, and refuses when it was moved meanwhile."""
        old = {"RemoveFromVersionId": version.current} if version.current else {}
        moved = self._call(
            "update_secret_version_stage",
            but=("InvalidParameterException", "InvalidRequestException"),
            SecretId=version.secret,
            VersionStage=_CURRENT,
            MoveToVersionId=version.token,
            **old,
        )
        if moved is None and self._staged(version.secret, version.token).current != version.token:
            raise SetupError(
                f"the new version of {version.secret} could not be put in use", fix="Start the rotation again."
            )

    def _value(self, version: _Version) -> str | None:
        """The version's text; None as long as it is a label only."""
        found = self._call(
            "get_secret_value", but=("ResourceNotFoundException",), SecretId=version.secret, VersionId=version.token
        )
        return found.get("SecretString") if found else None

    def _call(self, operation: str, *, but: tuple[str, ...] = (), **request: object) -> Any:  # noqa: ANN401 - boto3 has no types
        """AWS's answer, None for an error that the caller expects."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        try:
            return getattr(self._client, operation)(**request)
        except (BotoCoreError, ClientError) as error:
            if code(error) in but:
                return None
            if ours := translate(error, "the secret"):
                raise ours from error
            raise
