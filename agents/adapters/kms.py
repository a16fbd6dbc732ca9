"""A signing key in KMS: ECDSA over P-256. Its private half never leaves KMS."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from agents.adapters.aws import code, translate
from agents.errors import SetupError, UnavailableError

_HALF: Final = 32  # bytes of r, and of s
_BUSY: Final = frozenset({"KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException"})
_UNFIT: Final = frozenset(
    {"NotFoundException", "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException"}
)


class KmsSigner:
    """The `Signer` of a key of type ECC_NIST_P256 for SIGN_VERIFY."""

    def __init__(self, client: Any, key_id: str) -> None:  # noqa: ANN401 - boto3 has no types
        self._client = client
        self._key_id = key_id

    @property
    def key_id(self) -> str:
        return self._key_id

    def sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # noqa: PLC0415 - few sign

        # The digest, as KMS takes no message of more than 4,096 bytes.
        answer = self._call(
            "sign",
            Message=hashlib.sha256(data).digest(),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        r, s = decode_dss_signature(answer["Signature"])
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    def public_key(self) -> bytes:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see above

        key = serialization.load_der_public_key(self._call("get_public_key")["PublicKey"])
        return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def _call(self, operation: str, **request: object) -> Any:  # noqa: ANN401 - boto3 has no types
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        try:
            return getattr(self._client, operation)(KeyId=self._key_id, **request)
        except (BotoCoreError, ClientError) as error:
            if code(error) in _BUSY:
                raise UnavailableError("the signing key does not answer for now", fix="Try again.") from error
            if code(error) in _UNFIT:
                raise SetupError("the signing key is missing or off", fix="Deploy the stack again.") from error
            if ours := translate(error, "the signing key"):
                raise ours from error
            raise
