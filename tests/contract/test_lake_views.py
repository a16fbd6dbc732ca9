"""Views over a lake that exists give our tables, in our types, from theirs; run where Athena's SQL runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import duckdb
import pytest

from agents.adapters.athena import AthenaEngine
from agents.data_schema import DATA_TABLES
from agents.deadline import Deadline
from components.lake_views import LakeSource, SourceTable, view_sql

if TYPE_CHECKING:
    from pathlib import Path

    from agents.access.ports import Rows

pytestmark = pytest.mark.emulator

TABLES = {table.name: table for table in DATA_TABLES}
# Another company's words and types: numbers for keys, a time for a day, a float for money, and no months.
THEIRS = {
    "orders": (
        "SELECT 7 AS order_no, TIMESTAMP '2026-05-31 23:59:00' AS ordered_at, 1 AS site, 'T1' AS region, 'open' AS st"
        " UNION ALL SELECT 8, TIMESTAMP '2026-06-01 00:00:00', 2, 'T2', 'shipped'"
    ),
    "positions": (
        "SELECT 7 AS order_no, 1 AS line_number, 'B-1' AS sku, CAST(3 AS BIGINT) AS quantity, 1.5 AS unit_price"
        " UNION ALL SELECT 8, 1, 'B-1', 4, 2.25 UNION ALL SELECT 9, 1, 'B-2', 5, 3"
    ),
}
SOURCE = LakeSource(
    database="erp",
    locations=("s3://erp/",),
    tables={
        "sales_order_header": SourceTable(
            table="orders",
            columns={
                "sales_order_id": "order_no",
                "order_date": "ordered_at",
                "warehouse_id": "site",
                "territory_id": "region",
                "status": "st",
            },
        ),
        "sales_order_line": SourceTable(table="positions", columns={"sales_order_id": "order_no", "product_id": "sku"}),
    },
)


@pytest.fixture(scope="module")
def erp(aws: dict[str, str], athena: Any, tmp_path_factory: pytest.TempPathFactory) -> AthenaEngine:  # noqa: ANN401 - boto3
    """An engine of an account that holds another company's lake."""
    folder: Path = tmp_path_factory.mktemp("erp")
    s3, glue = (boto3.client(service, **aws) for service in ("s3", "glue"))
    s3.create_bucket(Bucket="erp")
    glue.create_database(DatabaseInput={"Name": "erp"})
    with duckdb.connect(":memory:") as connection:
        for table, rows in THEIRS.items():
            connection.execute(f"COPY ({rows}) TO '{folder / table}' (FORMAT parquet)")
            s3.upload_file(str(folder / table), "erp", f"{table}/part-0")
            storage = {
                "Location": f"s3://erp/{table}/",
                "Columns": [{"Name": "order_no", "Type": "int"}],
                "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
            }
            glue.create_table(DatabaseName="erp", TableInput={"Name": table, "StorageDescriptor": storage})
    for client in (s3, glue):
        client.close()
    return AthenaEngine(athena, database="lake", workgroup="lake")


def rows(engine: AthenaEngine, table: str) -> Rows:
    statement = f"SELECT * FROM ({view_sql(TABLES[table], SOURCE)}) AS v ORDER BY 1"
    return engine.execute(statement, max_rows=10, deadline=Deadline.after(20))


def test_their_headers_are_ours(erp: AthenaEngine) -> None:
    """Names, types and the month of the day; the last minute of a month is in it."""
    found = rows(erp, "sales_order_header")
    assert found.columns == tuple(column.name for column in TABLES["sales_order_header"].columns)
    assert found.rows == (
        ("7", "2026-05-31", "1", "T1", "open", "2026-05"),
        ("8", "2026-06-01", "2", "T2", "shipped", "2026-06"),
    )


def test_their_lines_have_the_month_of_their_order(erp: AthenaEngine) -> None:
    """A line without an order stays, in no month."""
    found = rows(erp, "sales_order_line")
    assert found.columns == tuple(column.name for column in TABLES["sales_order_line"].columns)
    assert found.rows == (
        ("7", 1, "B-1", 3, "1.50", "2026-05"),
        ("8", 1, "B-1", 4, "2.25", "2026-06"),
        ("9", 1, "B-2", 5, "3.00", None),
    )
