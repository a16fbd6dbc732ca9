"""Inputs are held against the annotations of the installed SDK, for mocks take anything."""

from __future__ import annotations

from typing import Final

import pytest

from delivery.sdk_types import problems, unknown_properties

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
ARCHIVE: Final = {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7", "path": "x.zip"}
TABLE: Final = "aws:dynamodb/table:Table"
FUNCTION: Final = "aws:lambda/function:Function"
BUCKET: Final = "aws:s3/bucket:Bucket"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
POLICY: Final = "aws:iam/policy:Policy"
PROVIDER: Final = "pulumi:providers:aws"
VPC: Final = "aws:ec2/vpc:Vpc"


def secret(value: object) -> dict[str, object]:
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": value}


def of(token: str, inputs: dict[str, object]) -> list[str]:
    return [one.message for one in problems(token, inputs)]


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (TABLE, {"hashKeys": "pk"}, "hashKeys is no property; did you mean hashKey?"),
        (TABLE, {"zzz": 1.0}, "zzz is no property"),
        (TABLE, {"pointInTimeRecovery": {"enabled": True, "enabledd": 1.0}}, "pointInTimeRecovery.enabledd is no"),
        (TABLE, {"attributes": [{"nam": "pk", "name": "pk", "type": "S"}]}, "attributes.0.nam is no property"),
        (TABLE, {"attributes": [{"name": "pk"}]}, "attributes.0.type is missing"),
        (TABLE, {"attributes": {"name": "pk", "type": "S"}}, "attributes is an object, a list is due"),
        (TABLE, {"pointInTimeRecovery": [{"enabled": True}]}, "pointInTimeRecovery is a list, an object is due"),
        (TABLE, {"pointInTimeRecovery": {"enabled": "yes"}}, "enabled is text, true or false is due"),
        (TABLE, {"readCapacity": "5"}, "readCapacity is text, a whole number is due"),
        (TABLE, {"readCapacity": 1.5}, "readCapacity is a number, a whole number is due"),
        (TABLE, {"readCapacity": True}, "readCapacity is true or false, a whole number is due"),
        (TABLE, {"hashKey": 5.0}, "hashKey is a number, text is due"),
        (TABLE, {"tags": {"a": 1.0}}, "tags.a is a number, text is due"),
        (TABLE, {"hashKey": secret(5.0)}, "hashKey is a number, text is due"),
        (FUNCTION, {}, "role is missing"),
        (FUNCTION, {"role": None}, "role is missing"),
        (FUNCTION, {"role": "r", "code": "x.zip"}, "code is text, a file or an archive is due"),
        (FUNCTION, {"role": ARCHIVE}, "role is a file, an archive or a resource, text is due"),
        (
            FUNCTION,
            {"role": "r", "environment": {"variables": {"A": True}}},
            "variables.A is true or false",
        ),
        (BUCKET, {"acl": ["private"]}, "acl is a list"),
        (POLICY, {"policy": {"Statements": []}}, "policy.Statements is no property; did you mean Statement?"),
        (PROVIDER, {"defaultTags": '{"tag": {}}'}, "defaultTags.tag is no property; did you mean tags?"),
        (PROVIDER, {"maxRetries": "many"}, "maxRetries is text, a whole number is due"),
        (PROVIDER, {"skipMetadataApiCheckk": "true"}, "skipMetadataApiCheckk is no property"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(token: str, inputs: dict[str, object], said: str) -> None:
    """Names, types and what is missing, at the top and inside."""
    found = of(token, inputs)
    assert [one for one in found if said in one], found


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (TABLE, {"attributes": UNKNOWN, "pointInTimeRecovery": UNKNOWN, "readCapacity": UNKNOWN}),
        (TABLE, {"attributes": [UNKNOWN, {"name": UNKNOWN, "type": "S"}], "tags": {"a": UNKNOWN}}),
        (TABLE, {"attributes": secret([{"name": "pk", "type": "S"}]), "readCapacity": secret(UNKNOWN)}),
        (TABLE, {"readCapacity": 5.0, "writeCapacity": 5, "tags": {"any key": "x"}, "tagsAll": {"a": "b"}}),
        (TABLE, {"name": "x", "__defaults": ["name"], "hashKey": None}),
        (FUNCTION, {"role": "r", "code": ARCHIVE, "runtime": "python3.13", "architectures": ["arm64"]}),
        (BUCKET, {"acl": "private"}),
        (POLICY, {"policy": "{}"}),
        (POLICY, {"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["a:b"]}]}}),
        (VERSIONING, {"bucket": "b", "versioningConfiguration": {"status": "Enabled"}}),
        (PROVIDER, {"region": "us-east-1", "maxRetries": "5", "allowedAccountIds": '["000000000000"]'}),
        (PROVIDER, {"defaultTags": secret('{"tags": {"a": "b"}}'), "version": "7.51.1", "s3UsePathStyle": "true"}),
        (VPC, {"cidrBlock": "10.0.0.0/16"}),
        ("other:index:Thing", {"anything": 1.0}),
        ("aws:made/up:Up", {"anything": 1.0}),
    ],
)
def test_nothing_is_said_of_what_fits(token: str, inputs: dict[str, object]) -> None:
    """Unknowns and secrets pass, unions and enums take each of their kinds, strangers are not judged."""
    assert of(token, inputs) == []


def test_a_secret_is_not_repeated() -> None:
    """A message names the kind of what was found, never the value."""
    assert "hunter2" not in " ".join(of(TABLE, {"readCapacity": secret("hunter2"), "attributes": "hunter2"}))


def test_unknown_names_can_be_asked_for_alone() -> None:
    """Paths of what the type does not take, without the rest."""
    table = {"attributes": [{"nam": "pk"}], "readCapacity": "5"}
    assert list(unknown_properties(TABLE, table)) == ["attributes.0.nam"]
