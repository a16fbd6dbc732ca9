"""What a backup selection takes, as AWS Backup reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rules._backups import SELECTION, takes
from policies.rules._resource import NotKnownError
from policies.rules._stack import Member

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = "aws:dynamodb/table:Table"
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/qm-data-dev"


def member(kind: str, properties: Mapping[str, object], provider: Mapping[str, object] | None = None) -> Member:
    return Member(
        type=kind,
        name="one",
        urn=f"urn:pulumi:dev::quartermaster::{kind}::one",
        properties=unknown_checking_proxy(dict(properties)),
        provider=provider or {},
    )


def taken(selection: Mapping[str, object], **table: object) -> bool:
    provider = {"region": "us-east-1", "defaultTags": json.dumps({"tags": {"Environment": "dev"}})}
    return takes(member(SELECTION, selection), member(TABLE, {"name": "qm-data-dev"} | table, provider))


@pytest.mark.parametrize(
    ("resources", "yes"),
    [
        ([ARN], True),
        (["*"], True),
        (["arn:aws:dynamodb:*:*:table/*"], True),
        (["arn:aws-cn:dynamodb:us-east-1:000000000000:table/qm-data-dev"], True),
        ([ARN.replace("us-east-1", "us-west-2")], False),  # the provider makes the table elsewhere
        ([ARN + "-2"], False),
        ([ARN.replace("dynamodb", "s3")], False),
        (["qm-data-dev"], False),
        ([], False),
    ],
)
def test_a_table_is_taken_by_its_arn(resources: list[str], yes: bool) -> None:  # noqa: FBT001 - one of the cases
    """Whole, or by a pattern; another region's is another table."""
    assert taken({"resources": resources}) is yes


def test_a_table_is_taken_by_a_tag() -> None:
    """Its own, or one that the provider adds; key and value both."""

    def tag(key: str, value: str) -> dict[str, object]:
        return {"selectionTags": [{"type": "STRINGEQUALS", "key": key, "value": value}]}

    assert taken(tag("Backup", "daily"), tags={"Backup": "daily"})
    assert taken(tag("Environment", "dev"))
    assert not taken(tag("Backup", "weekly"), tags={"Backup": "daily"})
    assert not taken(tag("Backup", "daily"))


def test_conditions_and_exclusions_take_away() -> None:
    """All conditions must hold, `Like` ones by pattern; what is excluded is not taken however it is named."""
    like = {"resources": ["*"], "conditions": [{"stringLikes": [{"key": "aws:ResourceTag/Tier", "value": "g*"}]}]}
    equal = {"resources": ["*"], "conditions": [{"stringEquals": [{"key": "aws:ResourceTag/Tier", "value": "g*"}]}]}
    assert taken(like, tags={"Tier": "gold"})
    assert not taken(equal, tags={"Tier": "gold"})
    assert not taken(like)
    assert not taken({"resources": ["*"], "notResources": ["arn:aws:dynamodb:*:*:table/qm-data-*"]})


def test_what_a_preview_cannot_know_is_not_taken_for_an_answer() -> None:
    """An unknown pattern beside one that fits does not matter; alone it does, as does an unknown name."""
    assert taken({"resources": [UNKNOWN_STRING_VALUE, ARN]})
    with pytest.raises(NotKnownError):
        taken({"resources": [UNKNOWN_STRING_VALUE]})
    with pytest.raises(NotKnownError):
        taken({"resources": [ARN]}, name=UNKNOWN_STRING_VALUE)
