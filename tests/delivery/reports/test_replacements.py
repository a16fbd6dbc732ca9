"""Which change replaces a resource: what the table knows, and "unknown" for all else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from delivery.plan import FOLDER
from delivery.recorder import record
from delivery.reports.replacements import FILE, main, replaces, table
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {
    "resources": {
        "aws:x/y:Y": {
            "inputProperties": {
                "name": {"type": "string", "willReplaceOnChanges": True},
                "size": {"type": "integer"},
                "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                "zones": {"type": "array", "items": {"type": "string"}},
                "rules": {"type": "array", "items": {"$ref": "#/types/aws:x/rule:Rule"}},
            },
        },
    },
    "types": {
        "aws:x/rule:Rule": {
            "properties": {
                "kind": {"type": "string", "willReplaceOnChanges": True},
                "level": {"type": "integer"},
                "inner": {"type": "array", "items": {"$ref": "#/types/aws:x/rule:Rule"}},
            },
        },
    },
}
KNOWN = [
    ("aws:ec2/subnet:Subnet", "cidrBlock", "yes"),
    ("aws:s3/bucket:Bucket", "bucket", "yes"),
    ("aws:kms/key:Key", "multiRegion", "yes"),
    ("aws:dynamodb/table:Table", "hashKey", "yes"),
    ("aws:iam/role:Role", "name", "yes"),
    ("aws:lambda/function:Function", "memorySize", "no"),
    ("aws:lambda/function:Function", "environment.variables.QM_STAGE", "no"),
    ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", "no"),
    ("aws:kms/key:Key", "tagsAll.Owner", "no"),
    ("aws:lambda/function:Function", "noSuchProperty", "unknown"),
    ("aws:dax/cluster:Cluster", "clusterName", "unknown"),
]


@pytest.mark.parametrize(("token", "path", "answer"), KNOWN)
def test_the_table_knows(token: str, path: str, answer: str) -> None:
    """Facts of the provider; a key in a map asks for the map, and what is in no table stays unknown."""
    assert replaces(token, path) == answer


def test_the_table_has_every_type_that_ships_with_its_date() -> None:
    """Renew it when a new type is used: until then its changes are unknown."""
    data = json.loads(FILE.read_text())
    assert data["source"]
    assert data["date"] >= "2026-11-21"
    used = {one.type for one in record(FOLDER, read_stack(FOLDER, "prod")).registrations if one.type.startswith("aws:")}
    assert len(used - data["types"].keys()) <= 5, used - data["types"].keys()


def test_a_table_is_made_of_a_package_schema() -> None:
    """Leaves by path, nested types too; one that holds itself ends."""
    made = table(SCHEMA, ["aws:x/y:Y", "aws:not/there:There"], source="s", date="d")
    own = made["types"]["aws:x/y:Y"]
    assert list(made["types"]) == ["aws:x/y:Y"]
    assert own["replace"][:2] == ["name", "rules[].inner[].inner[].inner[].inner[].inner[].kind"]
    assert {"size", "tags", "zones", "rules[].level", "rules[].inner[].level"} <= set(own["update"])
    assert "rules[].kind" in own["replace"]


def test_the_command_renews_the_types_that_the_table_has(tmp_path: Path) -> None:
    """A schema describes 1,700 types, of which few are ours."""
    schema, file = tmp_path / "schema.json", tmp_path / "table.json"
    resources = {**SCHEMA["resources"], "aws:a/b:B": {"inputProperties": {}}}
    schema.write_text(json.dumps({**SCHEMA, "resources": resources}))
    file.write_text(json.dumps({"types": {"aws:x/y:Y": {}}}))
    main([str(schema), "--source", "pulumi-aws 7.51.1", "--date", "2026-11-21"], file)
    made = json.loads(file.read_text())
    assert list(made["types"]) == ["aws:x/y:Y"]
    assert made["source"] == "pulumi-aws 7.51.1"
