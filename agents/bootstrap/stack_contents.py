"""Fills a deployed stack: sample data into its bucket, base documents into its store."""

from __future__ import annotations

import hashlib
import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from agents.adapters import aws
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.lake_version import MARK
from agents.bootstrap.base_documents import publish_documents, read_documents
from agents.bootstrap.common import PLUGINS, now
from agents.bootstrap.laptop import seed
from agents.bootstrap.laptop_home import home_folder
from agents.data_schema import LAKE_PREFIX
from agents.runtime.registry import load_plugins
from agents.supply_chain.sample import ensure_sample

if TYPE_CHECKING:
    from pathlib import Path

_AT_ONCE: Final = 8  # uploads; botocore keeps ten connections


def fill_stack(*, bucket: str | None, configuration_table: str, tenant: str, documents: Path | None) -> int:
    """Uploads what is not there yet, and seeds the store; returns the number of files uploaded.

    Without a bucket there is no sample data: the stack has a lake of its own. With a folder of `documents` the base
    layers are those, and the plugins' own where it has none; it is read and checked before anything is written, and
    raises InvalidError with the names of its files.
    """
    registry = load_plugins(PLUGINS)
    contents = read_documents(documents, registry) if documents else {}
    uploaded = 0
    if bucket:
        folder = home_folder() / "data"
        ensure_sample(folder)
        uploaded = upload(folder, bucket, aws.client("s3"))
    table = Table(aws.client("dynamodb"), configuration_table)
    store = DynamoDbConfigStore(table, tenant=tenant, clock=now, random=random.random)
    if contents:
        publish_documents(store, contents)
    seed(store, registry)
    return uploaded


def upload(folder: Path, bucket: str, s3: Any) -> int:  # noqa: ANN401 - boto3 has no types
    """Makes the sample in the bucket that of `folder`, and returns how many files that took.

    Objects that a former sample left are deleted, any others stay. One list and one mark tell what is there, so that
    a stack which is up to date costs two requests and not two hundred.
    """
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }
    marked = _marked(s3, bucket)
    sizes = _sizes(s3, bucket)
    missing = [
        path
        for path, digest in digests.items()
        if marked.get(path) != digest or sizes.get(path) != (folder / path).stat().st_size
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda path: s3.upload_file(str(folder / path), bucket, f"{LAKE_PREFIX}/{path}"), missing))
    for path in marked.keys() - digests.keys():
        s3.delete_object(Bucket=bucket, Key=f"{LAKE_PREFIX}/{path}")
    if marked != digests:
        s3.put_object(Bucket=bucket, Key=MARK, Body=json.dumps(digests).encode())
    return len(missing)


def _marked(s3: Any, bucket: str) -> dict[str, str]:  # noqa: ANN401 - boto3 has no types
    """What the last upload says it left, by path and digest; it is written last."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside boto3

    try:
        found = json.loads(s3.get_object(Bucket=bucket, Key=MARK)["Body"].read())
    except ClientError as error:
        if aws.code(error) not in {"404", "NoSuchKey", "NotFound"}:
            raise
        return {}
    except ValueError:
        return {}
    return {str(path): str(digest) for path, digest in found.items()} if isinstance(found, dict) else {}


def _sizes(s3: Any, bucket: str) -> dict[str, int]:  # noqa: ANN401 - boto3 has no types
    """Bytes of each object of the lake, by path below it."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{LAKE_PREFIX}/")
    return {
        item["Key"].removeprefix(f"{LAKE_PREFIX}/"): item["Size"] for page in pages for item in page.get("Contents", ())
    }
