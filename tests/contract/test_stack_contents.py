"""A stack is filled once, and again only with what changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from agents.adapters.lake_version import MARK
from agents.bootstrap.stack_contents import upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.emulator

OURS = "a/order_month=2026-05/a.parquet"


@pytest.fixture
def s3(aws: dict[str, str], tenant: str) -> Iterator[tuple[Any, str]]:
    """A client, and a bucket of its own for each test."""
    client = boto3.client("s3", **aws)
    client.create_bucket(Bucket=tenant)
    yield client, tenant
    client.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in (OURS, "b/b.parquet"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "sample.json").write_text("{}")
    return tmp_path


def keys(client: Any, bucket: str) -> set[str]:  # noqa: ANN401 - boto3 has no types
    return {item["Key"] for item in client.list_objects_v2(Bucket=bucket).get("Contents", ())}


def test_the_lake_gets_the_files_under_their_paths(s3: tuple[Any, str], folder: Path) -> None:
    """Partitions keep their folders, and what is no data stays here; the second time nothing is sent."""
    client, bucket = s3
    assert upload(folder, bucket, client) == 2
    assert keys(client, bucket) == {f"lake/{OURS}", "lake/b/b.parquet", MARK}
    assert upload(folder, bucket, client) == 0


@pytest.mark.parametrize("damage", ["changed", "deleted", "cut off", "no mark", "broken mark"])
def test_what_is_not_as_here_is_sent_again(s3: tuple[Any, str], folder: Path, damage: str) -> None:
    """Only that; without a mark that can be read, everything."""
    client, bucket = s3
    upload(folder, bucket, client)
    if damage == "changed":
        (folder / OURS).write_text(OURS.upper())
    elif damage == "deleted":
        client.delete_object(Bucket=bucket, Key=f"lake/{OURS}")
    elif damage == "cut off":
        client.put_object(Bucket=bucket, Key=f"lake/{OURS}", Body=b"a")
    elif damage == "no mark":
        client.delete_object(Bucket=bucket, Key=MARK)
    else:
        client.put_object(Bucket=bucket, Key=MARK, Body=b"[")
    assert upload(folder, bucket, client) == (2 if "mark" in damage else 1)
    for path in (OURS, "b/b.parquet"):
        assert client.get_object(Bucket=bucket, Key=f"lake/{path}")["Body"].read() == (folder / path).read_bytes()
    assert upload(folder, bucket, client) == 0


def test_what_a_former_sample_left_goes_and_other_files_stay(s3: tuple[Any, str], folder: Path) -> None:
    """A file that the sample no longer has would be read as data; a file of the operator's is data."""
    client, bucket = s3
    upload(folder, bucket, client)
    client.put_object(Bucket=bucket, Key="lake/a/order_month=2026-05/own.parquet", Body=b"own")
    (folder / OURS).unlink()
    assert upload(folder, bucket, client) == 0
    assert keys(client, bucket) == {"lake/a/order_month=2026-05/own.parquet", "lake/b/b.parquet", MARK}
    assert list(json.loads(client.get_object(Bucket=bucket, Key=MARK)["Body"].read())) == ["b/b.parquet"]
