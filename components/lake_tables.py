"""Glue tables over the lake's Parquet files, planned from the data schema; nothing here makes a resource.

Tables that lie by month use partition projection: Athena works the months out from the table's properties, so no
crawler runs, no partition is ever added, and a condition on the month reads only its files.
https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.data_schema import LAKE_PREFIX, MONTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.data_schema import Column, DataTable

# Months outside the range are not read, whatever lies there. Every month of it that a query does not rule out costs
# one listing; the year to come is for orders dated ahead, and for data that is ahead of the calendar.
FIRST_MONTH: Final = "2010-01"
_LAST_MONTH: Final = "NOW+1YEARS"
_PARQUET: Final = {
    "input_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "output_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "ser_de_info": {"serialization_library": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def storage(table: DataTable, bucket: str) -> dict[str, object]:
    """The storage descriptor of a table: its place, and the columns that are in its files."""
    return {"location": _location(table, bucket), "columns": glue_columns(table.stored), **_PARQUET}


def partition_keys(table: DataTable) -> list[dict[str, str]]:
    """The columns that are in the files' paths."""
    return glue_columns((MONTH,)) if table.monthly else []


def parameters(table: DataTable, bucket: str) -> dict[str, str]:
    """The table's properties; those of a monthly table say which months there are and where."""
    plain = {"classification": "parquet", "EXTERNAL": "TRUE"}
    if not table.monthly:
        return plain
    of_month = f"projection.{MONTH.name}"
    return plain | {
        "projection.enabled": "true",
        f"{of_month}.type": "date",
        f"{of_month}.format": "yyyy-MM",
        f"{of_month}.range": f"{FIRST_MONTH},{_LAST_MONTH}",
        f"{of_month}.interval": "1",
        f"{of_month}.interval.unit": "MONTHS",
        "storage.location.template": f"{_location(table, bucket)}{MONTH.name}=${{{MONTH.name}}}/",
    }


def glue_columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    """Columns as Glue takes them."""
    return [{"name": column.name, "type": column.type, "comment": column.comment} for column in columns]


def _location(table: DataTable, bucket: str) -> str:
    return f"s3://{bucket}/{LAKE_PREFIX}/{table.name}/"
