"""Fills a deployed stack: sample data into its bucket, the base documents that ship into its store."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from agents.adapters import aws
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.bootstrap.common import PLUGINS, now
from agents.bootstrap.laptop import home_folder, seed
from agents.data_schema import DATA_TABLES, LAKE_PREFIX
from agents.runtime.registry import load_plugins
from agents.supply_chain.sample import ensure_sample

if TYPE_CHECKING:
    from pathlib import Path


def fill_stack(*, bucket: str, configuration_table: str, tenant: str) -> int:
    """Uploads what is not there yet, and seeds an empty store; returns the number of files uploaded."""
    folder = home_folder() / "data"
    ensure_sample(folder)
    uploaded = _upload(folder, bucket)
    table = Table(aws.client("dynamodb"), configuration_table)
    store = DynamoDbConfigStore(table, tenant=tenant, clock=now, random=random.random)
    seed(store, load_plugins(PLUGINS))
    return uploaded


def _upload(folder: Path, bucket: str) -> int:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside boto3

    s3 = aws.client("s3")
    uploaded = 0
    for table in DATA_TABLES:
        content = (folder / f"{table.name}.parquet").read_bytes()
        wanted = hashlib.sha256(content).hexdigest()
        key = f"{LAKE_PREFIX}/{table.name}/{table.name}.parquet"
        try:
            there = s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256")
        except ClientError as error:
            if aws.code(error) not in {"404", "NoSuchKey", "NotFound"}:
                raise
            there = None
        if there != wanted:
            s3.put_object(Bucket=bucket, Key=key, Body=content, Metadata={"sha256": wanted})
            uploaded += 1
    return uploaded
