"""Whether a change lets roles do more: statements compared by what they allow, not by how they are written."""

from __future__ import annotations

import json

from delivery.reports.grants import Difference, compare

Json = dict[str, object]


def stack(*statements: Json, trust: str = "lambda.amazonaws.com", role: str = "urn::role", document: str = "") -> Json:
    trusts = {"Statement": [{"Effect": "Allow", "Principal": {"Service": trust}, "Action": "sts:AssumeRole"}]}
    policy = document or json.dumps({"Statement": list(statements)})
    return {
        "resources": [
            {
                "urn": role,
                "type": "aws:iam/role:Role",
                "inputs": {"assumeRolePolicy": json.dumps(trusts)},
                "property_dependencies": {},
            },
            {
                "urn": "urn::policy",
                "type": "aws:iam/rolePolicy:RolePolicy",
                "inputs": {"policy": policy},
                "property_dependencies": {"role": [role]},
            },
        ],
        "findings": [],
    }


def allow(action: object, resource: object = "arn:x", effect: str = "Allow", **condition: object) -> Json:
    when = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Action": action, "Resource": resource, **when}


def words(found: Difference) -> tuple[list[str], ...]:
    lists = (found.widened, found.narrowed, found.changed)
    return tuple([f"{one.action} {one.resource}" for one in each] for each in lists)


def test_more_actions_and_resources_are_wider() -> None:
    """One line for each action on each resource; the other way round it is narrower."""
    old, new = stack(allow("s3:Get")), stack(allow(["s3:Get", "s3:Put"], ["arn:x", "arn:y"]))
    more = ["s3:Get arn:y", "s3:Put arn:x", "s3:Put arn:y"]
    assert words(compare(old, new, {})) == (more, [], [])
    assert words(compare(new, old, {})) == ([], more, [])


def test_writing_it_otherwise_changes_nothing() -> None:
    """Statements joined, orders and forms changed."""
    old = stack(allow("s3:Get"), allow("s3:Put"))
    assert words(compare(old, stack(allow(["s3:Put", "s3:Get"], ["arn:x"])), {})) == ([], [], [])


def test_what_a_pattern_had_allowed_is_not_wider() -> None:
    """Going from `s3:*` to one action narrows; back, it widens by the pattern."""
    wide, narrow = stack(allow("s3:*", "*")), stack(allow("s3:GetObject", "arn:x"))
    assert words(compare(wide, narrow, {})) == ([], ["s3:* *"], [])
    assert words(compare(narrow, wide, {})) == (["s3:* *"], [], [])


def test_a_denial_works_the_other_way() -> None:
    """One less is wider."""
    old, new = stack(allow("s3:*"), allow("s3:Put", effect="Deny")), stack(allow("s3:*"))
    assert words(compare(old, new, {})) == (["s3:Put arn:x"], [], [])
    assert words(compare(new, old, {})) == ([], ["s3:Put arn:x"], [])


def test_a_condition_that_comes_or_goes_has_a_direction() -> None:
    """Another one has none that can be told from here."""
    bare, bound = stack(allow("s3:Get")), stack(allow("s3:Get", StringEquals={"aws:x": "1"}))
    other = stack(allow("s3:Get", StringEquals={"aws:x": "2"}))
    assert words(compare(bare, bound, {})) == ([], ["s3:Get arn:x"], [])
    assert words(compare(bound, bare, {})) == (["s3:Get arn:x"], [], [])
    assert words(compare(bound, other, {})) == ([], [], ["s3:Get arn:x"])


def test_who_may_take_on_the_role_counts() -> None:
    """Another service is wider by that one, narrower by the former."""
    found = compare(stack(), stack(trust="ec2.amazonaws.com"), {})
    assert words(found) == (
        ["sts:AssumeRole Service:ec2.amazonaws.com"],
        ["sts:AssumeRole Service:lambda.amazonaws.com"],
        [],
    )


def test_not_action_covers_nothing_but_itself() -> None:
    """What it allows is everything else, which no pattern says."""
    old = stack({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    found = compare(old, stack({"Effect": "Allow", "NotAction": "iam:Pass", "Resource": "*"}), {})
    assert words(found) == (["NotAction:iam:Pass *"], ["NotAction:iam:* *"], [])


def test_a_renamed_role_is_the_same_role() -> None:
    """An alias leads from the one to the other."""
    old, new = stack(allow("s3:Get")), stack(allow("s3:Get"), role="urn::other")
    assert words(compare(old, new, {"urn::role": "urn::other"})) == ([], [], [])
    assert len(compare(old, new, {}).widened) == 2


def test_a_document_that_is_unknown_is_told_as_such() -> None:
    """Neither wider nor narrower: unclear."""
    found = compare(stack(), stack(document="04da6b54-80e4-46f7-96ec-b56ff0331ba9"), {})
    assert words(found) == ([], [], [])
    assert found.unclear == ("role",)
