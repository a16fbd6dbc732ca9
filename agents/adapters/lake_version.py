"""Which version of the data lies in the lake: the mark that whoever fills it writes last."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Final

from agents.adapters import aws
from agents.data_schema import LAKE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

MARK: Final = f"{LAKE_PREFIX}/_version.json"  # Athena passes over names that begin with '_'
KEEP_S: Final = 30.0


class LakeVersion:
    """The version by the mark in `bucket`, looked at every KEEP_S seconds; `clock` gives seconds.

    None where there is no mark, or none that can be read now: then no result is kept. A lake that is filled by
    somebody else may have one too, and needs none.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 has no types
        *,
        bucket: str,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock
        self._found: str | None = None
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def __call__(self) -> str | None:
        if not self._bucket:
            return None
        with self._lock:
            if self._clock() - self._looked_at < KEEP_S:
                return self._found
            # Who comes meanwhile takes what was found before, and need not wait for S3.
            self._looked_at = self._clock()
        found = self._look()
        with self._lock:
            self._found = found
        return found

    def _look(self) -> str | None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - beside boto3

        try:
            mark = self._client.head_object(Bucket=self._bucket, Key=MARK)
        except (BotoCoreError, ClientError) as error:
            if aws.code(error) not in {"404", "NoSuchKey", "NotFound"}:
                log.warning("the version of the lake cannot be read: %s", error)
            return None
        # Data that was replaced and put back has its former ETag, and another time.
        return f"{mark['ETag']} {mark['LastModified'].isoformat()}"
