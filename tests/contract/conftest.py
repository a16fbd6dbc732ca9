"""Every port against every adapter: real SQLite files, real DynamoDB requests to the embedded emulator."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import duckdb
import pytest

from agents.adapters.dynamodb.audit import DynamoDbAuditLog
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.conversations import DynamoDbConversationStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.kms import KmsSigner
from agents.adapters.local_anchors import LocalAnchors
from agents.adapters.local_signer import LocalSigner
from agents.adapters.s3_anchors import S3AnchorStore
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.contract import AUDIT, CONFIGURATION, CONVERSATION, TABLES
from agents.data_schema import DATA_TABLES, LAKE_PREFIX
from delivery import emulator
from delivery.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.access.ports import AnchorStore, AuditLog, Signer
    from agents.configuration.ports import ConfigStore
    from agents.runtime.conversations import ConversationStore

NOW = datetime(2026, 6, 30, 12, 0, 0, 123000, tzinfo=UTC)
STORES = [pytest.param("sqlite"), pytest.param("dynamodb", marks=pytest.mark.emulator)]
_numbers = itertools.count()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where an emulator of this test run answers, as arguments of `boto3.client`."""
    record = tmp_path_factory.mktemp("emulator") / "emulator.json"
    started = emulator.start(Places.here(), record)
    yield {
        "endpoint_url": started.url,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    emulator.stop(record)


@pytest.fixture(scope="session")
def dynamodb(aws: dict[str, str]) -> Iterator[Any]:
    """A client of an emulator that holds the tables of the contract."""
    client = boto3.client("dynamodb", **aws)
    for table in TABLES:
        client.create_table(
            TableName=table.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": table.partition_key, "KeyType": "HASH"},
                {"AttributeName": table.sort_key, "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in (table.partition_key, table.sort_key)
            ],
        )
    yield client
    client.close()


@pytest.fixture
def tenant() -> str:
    """A tenant of its own for each test: stores of one table must not see each other's."""
    return f"tenant{next(_numbers)}"


@pytest.fixture(params=STORES)
def config_store(request: pytest.FixtureRequest, clock: Clock, tenant: str) -> Iterator[ConfigStore]:
    if request.param == "sqlite":
        store = SqliteConfigStore(request.getfixturevalue("tmp_path") / "store.db", tenant=tenant, clock=clock)
        yield store
        store.close()
    else:
        table = Table(request.getfixturevalue("dynamodb"), CONFIGURATION.name)
        yield DynamoDbConfigStore(table, tenant=tenant, clock=clock, random=random.Random(1).random)


@pytest.fixture(params=STORES)
def conversation_store(request: pytest.FixtureRequest, clock: Clock) -> Iterator[ConversationStore]:
    if request.param == "sqlite":
        store = SqliteConversationStore(request.getfixturevalue("tmp_path") / "store.db", clock=clock)
        yield store
        store.close()
    else:
        yield DynamoDbConversationStore(Table(request.getfixturevalue("dynamodb"), CONVERSATION.name), clock=clock)


@pytest.fixture(params=STORES)
def audit_log(request: pytest.FixtureRequest, clock: Clock, tenant: str) -> Iterator[AuditLog]:
    if request.param == "sqlite":
        log = SqliteAuditLog(request.getfixturevalue("tmp_path") / "audit.db", tenant=tenant, clock=clock)
        yield log
        log.close()
    else:
        yield DynamoDbAuditLog(Table(request.getfixturevalue("dynamodb"), AUDIT.name), tenant=tenant, clock=clock)


AUDIT_BUCKET = "audit"


@pytest.fixture(scope="session")
def s3(aws: dict[str, str]) -> Iterator[Any]:
    """A client of an emulator that holds a bucket with object lock."""
    client = boto3.client("s3", **aws)
    client.create_bucket(Bucket=AUDIT_BUCKET, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    client.put_object_lock_configuration(Bucket=AUDIT_BUCKET, ObjectLockConfiguration=lock)
    yield client
    client.close()


@pytest.fixture(params=[pytest.param("local"), pytest.param("s3", marks=pytest.mark.emulator)])
def anchors(request: pytest.FixtureRequest, tenant: str) -> AnchorStore:
    if request.param == "local":
        return LocalAnchors(request.getfixturevalue("tmp_path") / "anchors")
    return S3AnchorStore(request.getfixturevalue("s3"), bucket=AUDIT_BUCKET, tenant=tenant)


@pytest.fixture(params=[pytest.param("local"), pytest.param("kms", marks=pytest.mark.emulator)])
def signer(request: pytest.FixtureRequest) -> Iterator[Signer]:
    if request.param == "local":
        yield LocalSigner(request.getfixturevalue("tmp_path") / "keys" / "audit.pem")
    else:
        client = boto3.client("kms", **request.getfixturevalue("aws"))
        key = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        yield KmsSigner(client, key["KeyMetadata"]["KeyId"])
        client.close()


LINES = 2_500  # more than two pages of a result
DATABASE = "lake"
_ROWS = {
    "product": "SELECT 'P0001', 'Bolt', 'bolts', NULL, CAST(1.50 AS DECIMAL(12,2)), CAST(2 AS DECIMAL(12,2))",
    "warehouse_product": "VALUES ('WH01', 'P0001', 7, 5, 3), ('WH02', 'P0001', 0, 5, 3)",
    "sales_order_header": "SELECT 'SO0000001', DATE '2026-06-29', 'WH01', 'T1', 'shipped', '2026-06'",
    "sales_order_line": (
        "SELECT 'SO0000001', n, 'P0001', 1, CAST(2 AS DECIMAL(12,2)), '2026-0' || CASE WHEN n < 1000 THEN 5 ELSE 6 END"
        f" FROM range({LINES}) AS t(n)"
    ),
    "user_warehouse": "SELECT 'wanda', 'WH01'",
}


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every table of the data schema; some have a few rows."""
    folder = tmp_path_factory.mktemp("lake")
    with duckdb.connect(":memory:") as connection:
        for table in DATA_TABLES:
            columns = ", ".join(f"{c.name} {'VARCHAR' if c.type == 'string' else c.type}" for c in table.columns)
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
            if rows := _ROWS.get(table.name):
                connection.execute(f"INSERT INTO {table.name} {rows}")
            # A table that lies by month has a file even when it has no rows, as one that does not.
            months = (
                connection.execute(f"SELECT DISTINCT order_month FROM {table.name}").fetchall() if table.monthly else ()
            )
            for (month,) in months or [("2026-06",)]:
                file = folder / table.file(month)
                file.parent.mkdir(parents=True, exist_ok=True)
                rows = f"SELECT {', '.join(c.name for c in table.stored)} FROM {table.name}"
                rows += f" WHERE order_month = '{month}'" if table.monthly else ""
                connection.execute(f"COPY ({rows}) TO '{file}' (FORMAT parquet)")
    return folder


@pytest.fixture(scope="session")
def athena(aws: dict[str, str], lake: Path) -> Iterator[Any]:
    """A client of an emulator that holds the same lake, with a workgroup of the same name."""
    s3, glue, client = (boto3.client(service, **aws) for service in ("s3", "glue", "athena"))
    s3.create_bucket(Bucket=DATABASE)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for table in DATA_TABLES:
        prefix = f"{LAKE_PREFIX}/{table.name}"
        for file in lake.glob(table.file("*")):
            s3.upload_file(str(file), DATABASE, f"{LAKE_PREFIX}/{file.relative_to(lake)}")
        storage = {
            "Location": f"s3://{DATABASE}/{prefix}/",
            "Columns": [{"Name": c.name, "Type": c.type} for c in table.stored],
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        }
        keys = [{"Name": c.name, "Type": c.type} for c in table.columns[len(table.stored) :]]
        wanted = {"Name": table.name, "StorageDescriptor": storage, "PartitionKeys": keys}
        glue.create_table(DatabaseName=DATABASE, TableInput=wanted)
    results = {"ResultConfiguration": {"OutputLocation": f"s3://{DATABASE}/results/"}}
    client.create_work_group(Name=DATABASE, Configuration=results)
    yield client
    for each in (s3, glue, client):
        each.close()
