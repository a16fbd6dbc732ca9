"""The remedy of `required-tags`: only what its parameter says, and never over what is there."""

from __future__ import annotations

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rules._resource import Resource, Value
from policies.rules.general.required_tags import REQUIRED, required_tags


def remedied(tags: Value, *values: str, **more: Value) -> Value:
    assert required_tags.remedy
    properties = {"tags": tags} if tags is not None else {}
    return required_tags.remedy(
        Resource(
            type="aws:s3/bucket:Bucket",
            name="data",
            urn="urn:pulumi:dev::quartermaster::aws:s3/bucket:Bucket::data",
            properties=unknown_checking_proxy({**properties, **more}),
            config={"required": REQUIRED, "values": values},
        )
    )


def test_a_missing_tag_is_added_beside_the_resources_own() -> None:
    """What the resource states stays as it is."""
    assert remedied({"Owner": "me", "Name": "a"}, "Owner=them", "Project=qm") == {
        "tags": {"Owner": "me", "Name": "a", "Project": "qm"}
    }


def test_nothing_is_made_up() -> None:
    """A key without a value in the parameter stays missing, for the finding to name."""
    assert remedied(None) is None
    assert remedied(None, "Team=stock", "Owner") is None


def test_nothing_is_added_where_nothing_is_missing() -> None:
    """A tag that the provider adds is not stated twice."""
    assert remedied(None, "Owner=them", tagsAll={"Owner": "me"}) is None


def test_a_value_may_hold_the_separator() -> None:
    """Only the first `=` ends the key."""
    assert remedied(None, "Owner=a=b") == {"tags": {"Owner": "a=b"}}


def test_unknown_tags_are_left_alone() -> None:
    """What cannot be read cannot be handed back."""
    assert remedied(UNKNOWN_STRING_VALUE, "Owner=me") is None
    assert remedied({"Name": UNKNOWN_STRING_VALUE}, "Owner=me") is None
