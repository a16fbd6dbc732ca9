"""Anchors in S3, where object lock keeps each as it was written: one object each, never written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agents.adapters.aws import code, translate
from agents.contract import Keys
from agents.errors import ConflictError, NotFoundError, SetupError, UnavailableError

if TYPE_CHECKING:
    from agents.errors import QuartermasterError

_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_ABSENT: Final = frozenset({"NoSuchKey", "404"})
_BUSY: Final = frozenset({"SlowDown", "InternalError", "RequestTimeout", "503", "500"})
_SUFFIX: Final = ".json"


class S3AnchorStore:
    """The `AnchorStore` of one tenant, below `heads/<tenant>/` of a bucket."""

    def __init__(self, client: Any, *, bucket: str, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
        self._client = client
        self._bucket = bucket
        self._prefix = f"heads/{tenant}/"

    def put(self, number: int, content: bytes) -> None:
        # A bucket with object lock takes nothing without a checksum.
        self._call(
            "put_object",
            number,
            Key=self._key(number),
            Body=content,
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
            IfNoneMatch="*",
        )

    def last(self) -> int:
        """Leaps that double, then halve: S3 lists from the lowest key on only."""
        found = self.numbers(after=0, limit=1)
        if not found:
            return 0
        number, leap = found[0], 1
        while found := self.numbers(after=number + leap - 1, limit=1):
            number, leap = found[0], leap * 2
        while leap > 1:
            leap //= 2
            if found := self.numbers(after=number + leap - 1, limit=1):
                number = found[0]
        return number

    def numbers(self, *, after: int, limit: int) -> tuple[int, ...]:
        found: list[int] = []
        while len(found) < limit:
            answer = self._call(
                "list_objects_v2",
                after,
                Prefix=self._prefix,
                StartAfter=self._key(found[-1] if found else after),
                MaxKeys=min(limit - len(found), 1_000),
            )
            keys = [str(item["Key"]) for item in answer.get("Contents", [])]
            found += [int(key.removeprefix(self._prefix).removesuffix(_SUFFIX)) for key in keys]
            if not answer.get("IsTruncated"):
                break
        return tuple(found)

    def read(self, number: int) -> bytes:
        body = self._call("get_object", number, Key=self._key(number))["Body"]
        try:
            return bytes(body.read())
        finally:
            body.close()

    def _key(self, number: int) -> str:
        return f"{self._prefix}{Keys.number(number)}{_SUFFIX}"

    def _call(self, operation: str, number: int, **request: object) -> Any:  # noqa: ANN401 - boto3 has no types
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        try:
            return getattr(self._client, operation)(Bucket=self._bucket, **request)
        except (BotoCoreError, ClientError) as error:
            if ours := self._ours(error, number):
                raise ours from error
            raise

    def _ours(self, error: Exception, number: int) -> QuartermasterError | None:
        name = code(error)
        if name in _TAKEN:
            return ConflictError(f"anchor {number} exists", fix="Read it, and add the next.")
        if name in _ABSENT:
            return NotFoundError(f"there is no anchor {number}", fix="List them.")
        if name in _BUSY:
            return UnavailableError("the bucket of the audit does not answer for now", fix="Try again in a moment.")
        if name == "NoSuchBucket":
            return SetupError(f"the bucket {self._bucket} is missing", fix="Deploy the stack again.")
        return translate(error, f"the bucket {self._bucket}")
