"""The tables as Athena sees them: Glue's catalogue over Parquet, and a workgroup that bounds every query.

Who may read: of the functions' roles only the gateway's has rights on the workgroup, the database, the lake's files
and the results (`grants.py`); AWS Backup reads the lake's files too, and never the results, which have a bucket of
their own and are gone within days (`data.py`). What is not here because it belongs to the account and not to one of
its stacks: encryption of the Glue catalogue, and Lake Formation, which must leave the database to IAM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.data_schema import DATA_TABLES

from .lake_tables import parameters, partition_keys, storage
from .lake_views import EXPANDED, VIEW_PARAMETERS, view_storage, view_text
from .naming import Kind

if TYPE_CHECKING:
    from agents.data_schema import DataTable

    from .lake_views import LakeSource
    from .naming import Names

ENGINE: Final = "Athena engine version 3"  # Athena's own word for it; AUTO would change under us
_MB: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    names: Names
    database: str  # empty: named like everything else
    bucket: str  # of the tables' files
    results_bucket: str
    key: pulumi.Input[str]  # ARN of the key that encrypts results
    scan_limit_mb: int
    disposable: bool  # destroying the stack may destroy the history of queries
    source: LakeSource | None = None  # a lake that exists, seen through views; None: tables of our own


class Lake(pulumi.ComponentResource):
    """A Glue database with a table or view for each table of the data, and the one workgroup that may query it."""

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
            self._table(name, args, table, database.name)
        aws.athena.Workgroup(
            f"{name}-workgroup",
            name=self.workgroup,
            description="Queries of the SQL gateway, and no others",
            force_destroy=args.disposable,
            configuration={
                "enforce_workgroup_configuration": True,  # a caller cannot choose another place for results
                "enable_minimum_encryption_configuration": True,  # what holds when the line above is switched off
                "publish_cloudwatch_metrics_enabled": True,
                "requester_pays_enabled": False,
                "bytes_scanned_cutoff_per_query": args.scan_limit_mb * _MB,
                "engine_version": {"selected_engine_version": ENGINE},
                "result_configuration": {
                    "output_location": f"s3://{args.results_bucket}/",
                    # Results go to a bucket of this account or nowhere. The bucket owns what is written to it, so
                    # no access list is asked for, which would take one more right.
                    "expected_bucket_owner": args.names.account,
                    "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": args.key},
                },
            },
            opts=child,
        )
        self.register_outputs({"database": self.database, "workgroup": self.workgroup})

    def _table(self, name: str, args: LakeArgs, table: DataTable, database: pulumi.Input[str]) -> None:
        if args.source is None:
            kind, properties, place = "EXTERNAL_TABLE", parameters(table, args.bucket), storage(table, args.bucket)
            keys, text, expanded = partition_keys(table), None, None
        else:
            kind, properties, place = "VIRTUAL_VIEW", VIEW_PARAMETERS, view_storage(table)
            keys, text, expanded = [], view_text(table, args.source, self.database), EXPANDED
        aws.glue.CatalogTable(
            f"{name}-{table.name.replace('_', '-')}",
            name=table.name,
            description=table.comment,
            database_name=database,
            table_type=kind,
            parameters=properties,
            partition_keys=keys,
            storage_descriptor=place,
            view_original_text=text,
            view_expanded_text=expanded,
            opts=pulumi.ResourceOptions(parent=self),
        )
