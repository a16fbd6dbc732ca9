"""The version of the data in the lake: that of the mark which whoever fills it writes last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from agents.adapters.lake_version import KEEP_S, MARK, LakeVersion
from agents.bootstrap import stack_contents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.emulator


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def s3(aws: dict[str, str], tenant: str) -> Iterator[Any]:
    """A client, with a bucket named after the test's tenant; `requests` counts what was asked of it."""
    client = boto3.client("s3", **aws)
    client.create_bucket(Bucket=tenant)
    client.requests = []
    client.meta.events.register(
        "provide-client-params.s3.HeadObject", lambda params, **_: client.requests.append(params)
    )
    yield client
    client.close()


def test_the_upload_of_the_sample_is_a_version(s3: Any, tenant: str, tmp_path: Path, seconds: Seconds) -> None:  # noqa: ANN401 - boto3 has no types
    """None before there is a mark; another one after other data; the same while nothing changed."""
    version = LakeVersion(s3, bucket=tenant, clock=seconds)
    assert version() is None
    found = []
    for text in ("one", "one", "two"):
        (tmp_path / "a.parquet").write_text(text)
        stack_contents.upload(tmp_path, tenant, s3)
        seconds.now += KEEP_S
        found.append(version())
    assert found[0] == found[1] != found[2]
    assert None not in found


def test_it_is_looked_at_twice_a_minute(s3: Any, tenant: str, seconds: Seconds) -> None:  # noqa: ANN401 - boto3 has no types
    """Many questions cost one request; what is not there is remembered as well."""
    version = LakeVersion(s3, bucket=tenant, clock=seconds)
    for now, requests in ((0.0, 1), (KEEP_S - 1, 1), (KEEP_S, 2), (KEEP_S + 1, 2)):
        seconds.now = now
        version()
        assert len(s3.requests) == requests


def test_data_that_is_put_back_is_another_version(s3: Any, tenant: str, seconds: Seconds) -> None:  # noqa: ANN401 - boto3 has no types
    """In between it was not whole: what was read then is not what lies there now."""
    version = LakeVersion(s3, bucket=tenant, clock=seconds)
    s3.put_object(Bucket=tenant, Key=MARK, Body=b"one")
    first = s3.head_object(Bucket=tenant, Key=MARK)
    found = version()
    assert found is not None
    assert first["ETag"] in found
    assert first["LastModified"].isoformat() in found


def test_a_lake_that_cannot_be_looked_at_keeps_no_result(s3: Any, seconds: Seconds) -> None:  # noqa: ANN401 - boto3 has no types
    """A query is answered all the same."""
    assert LakeVersion(s3, bucket="there-is-no-such-bucket", clock=seconds)() is None
    s3.requests.clear()
    assert LakeVersion(s3, bucket="", clock=seconds)() is None
    assert s3.requests == [], "a lake of somebody else's: there is no bucket of ours to ask"


def test_a_lake_that_refuses_or_does_not_answer_keeps_no_result(
    aws: dict[str, str], seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    """And whoever looks into the log finds why."""
    from botocore.config import Config

    nobody = aws | {"endpoint_url": "http://127.0.0.1:9"}
    client = boto3.client("s3", **nobody, config=Config(retries={"total_max_attempts": 1}, connect_timeout=1))
    assert LakeVersion(client, bucket="lake", clock=seconds)() is None
    assert "the version of the lake cannot be read" in caplog.text
    client.close()
