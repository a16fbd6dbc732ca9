"""The lake: tables by month that need no upkeep, one workgroup that a caller cannot leave, or views over theirs."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlglot import exp

from agents.data_schema import DATA_TABLES
from components.lake_tables import parameters, partition_keys, storage
from components.lake_views import LakeSource, SourceTable, source_problems, view_sql, view_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.data_schema import DataTable
    from delivery.recorder import Recording

every_table = pytest.mark.parametrize("table", DATA_TABLES, ids=lambda table: table.name)
TABLES = {table.name: table for table in DATA_TABLES}
SAME = {name: SourceTable(table=name) for name in TABLES}
SOURCE = LakeSource(database="erp", locations=("s3://acme-lake/erp/",), tables=SAME)
PROGRAM = """
from components.lake import Lake, LakeArgs
from components.lake_views import LakeSource, SourceTable

lake = Lake("lake", LakeArgs(
    names=names, database="", bucket="acme-data", results_bucket="acme-results",
    key="arn:aws:kms:us-east-1:123456789012:key/k",
    scan_limit_mb=100, disposable=False, {more}
), opts)
"""


def mapped(table: str, theirs: str, **columns: str) -> LakeSource:
    return replace(SOURCE, tables={**SAME, table: SourceTable(table=theirs, columns=columns)})


# Tables of our own


@every_table
def test_every_column_is_in_the_files_or_in_their_paths(table: DataTable) -> None:
    """Glue refuses a name that is both, and Athena knows no other columns."""
    stored = storage(table, "acme-data")["columns"]
    assert isinstance(stored, list)
    declared = [*stored, *partition_keys(table)]
    assert [(column["name"], column["type"]) for column in declared] == [(c.name, c.type) for c in table.columns]
    assert all(column["comment"] for column in declared)


@pytest.mark.must_have(
    "lake", "Tables that grow with time are Parquet by month, so that a query can leave years unread"
)
def test_order_tables_lie_by_month() -> None:
    """The tables that grow with time, and no others."""
    assert {table.name for table in DATA_TABLES if partition_keys(table)} == {
        "sales_order_header",
        "sales_order_line",
        "purchase_order_header",
        "purchase_order_line",
    }


@pytest.mark.must_have("lake", "A new month needs no crawler and no statement")
def test_months_are_worked_out_and_never_added() -> None:
    """Athena takes them from the table's properties: each month from 2010 to the next year, where its files lie."""
    assert parameters(TABLES["sales_order_line"], "acme-data") == {
        "classification": "parquet",
        "EXTERNAL": "TRUE",
        "projection.enabled": "true",
        "projection.order_month.type": "date",
        "projection.order_month.format": "yyyy-MM",
        "projection.order_month.range": "2010-01,NOW+1YEARS",
        "projection.order_month.interval": "1",
        "projection.order_month.interval.unit": "MONTHS",
        "storage.location.template": "s3://acme-data/lake/sales_order_line/order_month=${order_month}/",
    }


@every_table
def test_a_table_is_read_where_its_files_are_put(table: DataTable) -> None:
    """The place that the data schema names, and for months the place that the template makes of one."""
    place = storage(table, "acme-data")["location"]
    template = parameters(table, "acme-data").get("storage.location.template", place)
    folder = str(template).replace("${order_month}", "2026-05")
    assert folder + f"{table.name}.parquet" == f"s3://acme-data/lake/{table.file('2026-05')}"
    assert folder.startswith(str(place))


@pytest.mark.must_have("lake", "A table for each of the data schema, and one workgroup")
def test_the_lake_is_a_database_its_tables_and_a_workgroup(program: Callable[..., Recording]) -> None:
    """Each table has its keys and properties from the plan above."""
    recording = program(PROGRAM.format(more=""))
    tables = {one.values["name"]: one.values for one in recording.of_type("aws:glue/catalogTable:CatalogTable")}
    assert set(tables) == set(TABLES)
    for name, values in tables.items():
        assert values["tableType"] == "EXTERNAL_TABLE"
        assert values["parameters"] == parameters(TABLES[name], "acme-data")
        assert values.get("partitionKeys", []) == partition_keys(TABLES[name])
        assert "viewOriginalText" not in values


@pytest.mark.must_have("lake", "No query reads more than its limit, or puts its result anywhere else or unencrypted")
def test_a_caller_cannot_leave_the_workgroup(program: Callable[..., Recording]) -> None:
    """Engine, limit, place, owner and encryption of results are the workgroup's, and nobody else pays."""
    (workgroup,) = program(PROGRAM.format(more="")).of_type("aws:athena/workgroup:Workgroup")
    assert workgroup.values["configuration"] == {
        "bytesScannedCutoffPerQuery": 100 * 1024**2,
        "enableMinimumEncryptionConfiguration": True,
        "enforceWorkgroupConfiguration": True,
        "engineVersion": {"selectedEngineVersion": "Athena engine version 3"},
        "publishCloudwatchMetricsEnabled": True,
        "requesterPaysEnabled": False,
        "resultConfiguration": {
            "encryptionConfiguration": {
                "encryptionOption": "SSE_KMS",
                "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
            },
            "expectedBucketOwner": "123456789012",
            "outputLocation": "s3://acme-results/",
        },
    }


# Views over a lake that exists


def decoded(text: str) -> dict[str, object]:
    found = re.fullmatch(r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/", text)
    assert found
    view: dict[str, object] = json.loads(base64.b64decode(found[1]))
    return view


@pytest.mark.must_have("lake", "An existing lake is seen through views, and nothing of it is changed")
def test_a_view_is_ours_over_theirs(program: Callable[..., Recording]) -> None:
    """In our database, of Athena's kind of view, over their tables and with no files of its own."""
    tables = f"{{name: SourceTable(table=name) for name in {[*TABLES]}}}"
    more = f"source=LakeSource(database='erp', locations=('s3://acme-lake/erp/',), tables={tables})"
    recording = program(PROGRAM.format(more=more))
    (database,) = recording.of_type("aws:glue/catalogDatabase:CatalogDatabase")
    assert database.values["name"] == "qm_lake_dev"
    views = {one.values["name"]: one.values for one in recording.of_type("aws:glue/catalogTable:CatalogTable")}
    assert set(views) == set(TABLES)
    for name, values in views.items():
        assert (values["tableType"], values["parameters"]["presto_view"]) == ("VIRTUAL_VIEW", "true")
        assert values["viewExpandedText"] == "/* Presto View */"
        assert decoded(str(values["viewOriginalText"]))["originalSql"] == view_sql(TABLES[name], SOURCE)
        assert "location" not in values["storageDescriptor"]
        assert not values.get("partitionKeys")


@every_table
def test_a_view_says_the_same_columns_three_times(table: DataTable) -> None:
    """Names and order in the statement, Trino's types in the view; Athena compares them when it is used."""
    view = decoded(view_text(table, SOURCE, "qm_lake_dev"))
    types = {"string": "varchar", "int": "integer", "date": "date", "decimal(12,2)": "decimal(12,2)"}
    assert {name: view[name] for name in ("catalog", "schema")} == {
        "catalog": "awsdatacatalog",
        "schema": "qm_lake_dev",
    }
    assert view["columns"] == [{"name": c.name, "type": types[c.type]} for c in table.columns]
    query = sqlglot.parse_one(str(view["originalSql"]), dialect="athena")
    assert isinstance(query, exp.Select)
    assert query.named_selects == [column.name for column in table.columns]


def test_columns_are_selected_and_cast_one_by_one() -> None:
    """A mapped column from theirs, any other from our name; nothing of theirs that we do not know."""
    source = mapped("warehouse", "dwh_sites", warehouse_id="site", name="city")
    assert view_sql(TABLES["warehouse"], source) == (
        'SELECT CAST(t."site" AS varchar) AS "warehouse_id", CAST(t."city" AS varchar) AS "name",'
        ' CAST(t."territory_id" AS varchar) AS "territory_id" FROM "awsdatacatalog"."erp"."dwh_sites" AS t'
    )


def test_two_of_ours_may_come_from_one_of_theirs() -> None:
    """A lake without names shows its keys."""
    sql = view_sql(TABLES["territory"], mapped("territory", "regions", territory_id="code", name="code"))
    assert [column.name for column in sqlglot.parse_one(sql, dialect="athena").find_all(exp.Column)] == ["code", "code"]


@pytest.mark.parametrize("name", ['it"s', '"', '""; DROP TABLE x; --', "a b", "sélect", "*/", "a.b"])
def test_their_names_are_only_names(name: str) -> None:
    """Whatever is in one, the statement reads one table and one column of that name."""
    source = replace(mapped("territory", name, name=name), database=name)
    view = decoded(view_text(TABLES["territory"], source, "ours"))
    (query,) = sqlglot.parse(str(view["originalSql"]), dialect="athena")
    assert isinstance(query, exp.Select)
    (table,) = query.find_all(exp.Table)
    assert (table.catalog, table.db, table.name) == ("awsdatacatalog", name, name)
    assert [column.name for column in query.find_all(exp.Column)] == ["territory_id", name]


def test_a_lake_without_months_has_them_from_the_day() -> None:
    """A header's from its own day, a line's from its header, so that one statement fits every lake."""
    header = view_sql(TABLES["sales_order_header"], mapped("sales_order_header", "orders", order_date="at"))
    assert '''substr(CAST(CAST(t."at" AS date) AS varchar), 1, 7) AS "order_month"''' in header
    line = view_sql(TABLES["sales_order_line"], mapped("sales_order_header", "orders", order_date="at"))
    assert "LEFT JOIN" in line
    assert '"awsdatacatalog"."erp"."orders"' in line
    assert """max(substr(CAST(CAST(t."at" AS date) AS varchar), 1, 7))""" in line


def test_a_lake_with_months_is_not_joined_for_them() -> None:
    """A column of theirs that is mapped is taken as it is."""
    line = view_sql(TABLES["sales_order_line"], mapped("sales_order_line", "lines", order_month="ym"))
    assert 'CAST(t."ym" AS varchar) AS "order_month"' in line
    assert "JOIN" not in line


def test_a_whole_mapping_has_no_problem() -> None:
    """Every table of ours is there, its columns are ours, and the place can be granted."""
    assert list(source_problems(SOURCE, own_database="qm_lake_dev")) == []


@pytest.mark.parametrize(
    ("source", "key", "message"),
    [
        (replace(SOURCE, database=""), "database", "is missing"),
        (replace(SOURCE, database="qm_lake_dev"), "database", "is the database of our own views"),
        (replace(SOURCE, locations=()), "locations", "is empty"),
        (replace(SOURCE, locations=("s3://a/", "s3://a/b")), "locations.1", "s3://bucket/prefix/"),
        (replace(SOURCE, locations=("s3://a/*/",)), "locations.0", "without wildcards"),
        (replace(SOURCE, locations=("s3://a/${aws:username}/",)), "locations.0", "without wildcards"),
        (replace(SOURCE, tables={}), "tables", "has nothing for product, warehouse"),
        (mapped("products", "items"), "tables.products", "did you mean product?"),
        (mapped("product", "items", colour="c"), "tables.product.columns.colour", "write one of category"),
        (mapped("product", "items", unit_cst="c"), "tables.product.columns.unit_cst", "did you mean unit_cost?"),
    ],
)
def test_a_mapping_that_cannot_work_is_told_by_its_key(source: LakeSource, key: str, message: str) -> None:
    """With what to write instead."""
    problems = list(source_problems(source, own_database="qm_lake_dev"))
    assert [found for found, _ in problems] == [f"data.source.{key}"]
    assert message in problems[0][1]
