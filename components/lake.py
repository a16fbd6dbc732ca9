"""The tables as Athena sees them: Glue's catalogue over Parquet, and a workgroup that bounds every query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.data_schema import DATA_TABLES, LAKE_PREFIX

from .data import RESULTS_PREFIX
from .naming import Kind

if TYPE_CHECKING:
    from agents.data_schema import DataTable

    from .naming import Names

_MB: Final = 1024 * 1024
_PARQUET: Final = {
    "input_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "output_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "ser_de_info": {"serialization_library": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def storage(table: DataTable, bucket: str) -> dict[str, object]:
    """The storage descriptor of a table whose Parquet files lie under `lake/<table>/`."""
    return {
        "location": f"s3://{bucket}/{LAKE_PREFIX}/{table.name}/",
        "columns": [{"name": column.name, "type": column.type, "comment": column.comment} for column in table.columns],
        **_PARQUET,
    }


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    names: Names
    database: str  # empty: named like everything else
    bucket: str
    key: pulumi.Input[str]  # ARN of the key that encrypts results
    scan_limit_mb: int
    disposable: bool  # destroying the stack may destroy the history of queries


class Lake(pulumi.ComponentResource):
    """A Glue database with a table for each table of the data, and the one workgroup that may query it."""

    database: str
    workgroup: str

    def __init__(self, name: str, args: LakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:lake:Lake", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.database = args.database or args.names.name(Kind.DATABASE, "lake")
        self.workgroup = args.names.name(Kind.WORKGROUP, "gateway")
        database = aws.glue.CatalogDatabase(
            f"{name}-database", name=self.database, description="Supply-chain data of the agents", opts=child
        )
        for table in DATA_TABLES:
            aws.glue.CatalogTable(
                f"{name}-{table.name.replace('_', '-')}",
                name=table.name,
                description=table.comment,
                database_name=database.name,
                table_type="EXTERNAL_TABLE",
                parameters={"classification": "parquet", "EXTERNAL": "TRUE"},
                storage_descriptor=storage(table, args.bucket),
                opts=child,
            )
        aws.athena.Workgroup(
            f"{name}-workgroup",
            name=self.workgroup,
            description="Queries of the SQL gateway, and no others",
            force_destroy=args.disposable,
            configuration={
                "enforce_workgroup_configuration": True,  # a caller cannot choose another place for results
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": args.scan_limit_mb * _MB,
                "result_configuration": {
                    "output_location": f"s3://{args.bucket}/{RESULTS_PREFIX}/",
                    "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": args.key},
                },
            },
            opts=child,
        )
        self.register_outputs({"database": self.database, "workgroup": self.workgroup})
