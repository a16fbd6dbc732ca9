"""What the rules know of actions, patterns and documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rules._actions import Level, covers, find, is_covered, is_service, matching
from policies.rules._globs import matches, meet
from policies.rules._scope import unbounded
from policies.rules._sizes import size

PARTS = st.text(alphabet="ab*?", max_size=6)
TEXTS = st.text(alphabet="ab", max_size=6)


def arn(resource: str) -> str:
    return f"arn:aws:s3:::{resource}"


def test_an_action_is_known_in_any_case() -> None:
    """With its level, its resources and its keys; IAM does not regard case in actions."""
    one = find("S3:getobject")
    assert one is not None
    assert (one.name, one.level) == ("s3:GetObject", Level.READ)
    assert "arn:*:s3:::*/*" in one.resources
    assert "s3:existingobjecttag/*" in one.keys
    assert find("s3:ReadObject") is None
    assert find("polly:SynthesizeSpeech") is None
    assert is_service("polly")
    assert not is_covered("polly")
    assert not is_service("polli")


def test_a_pattern_names_the_actions_that_it_matches() -> None:
    """Of one service, or of all."""
    names = {one.name for one in matching("kms:*Key")}
    assert "kms:DescribeKey" in names
    assert "kms:Decrypt" not in names
    assert len(matching("*")) > 3000
    assert covers("iam:Pass*", "iam:PassRole")
    assert not covers("iam:Pass", "iam:PassRole")


@given(pattern=PARTS, text=TEXTS)
def test_a_pattern_meets_the_texts_that_it_matches(pattern: str, text: str) -> None:
    """A text is a pattern of itself."""
    assert meet(arn(pattern), arn(text)) == matches(pattern, text)


@given(one=PARTS, other=PARTS, text=TEXTS)
def test_two_patterns_that_match_one_text_meet(one: str, other: str, text: str) -> None:
    """Whichever is asked first."""
    assert meet(arn(one), arn(other)) == meet(arn(other), arn(one))
    if matches(one, text) and matches(other, text):
        assert meet(arn(one), arn(other))


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ("a*", "*b", True),
        ("a*c", "ab*", True),
        ("a?", "?b", True),
        ("ab", "a", False),
        ("a*b", "a*c", False),
        ("table/x", "index/*", False),
    ],
)
def test_patterns_meet_where_a_text_can_match_both(one: str, other: str, met: bool) -> None:  # noqa: FBT001 - a table
    """Examples on either side."""
    assert meet(arn(one), arn(other)) is met


@pytest.mark.parametrize(
    ("resource", "all_of_a_kind"),
    [
        ("*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::*/*", True),
        ("arn:aws:s3:::data/*", False),
        ("arn:aws:kms:us-east-1:000000000000:key/*", True),
        ("arn:aws:secretsmanager:us-east-1:000000000000:secret:*", True),
        ("arn:aws:secretsmanager:us-east-1:000000000000:secret:qm/dev/key-??????", False),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/qm-*", False),
    ],
)
def test_all_of_a_kind_is_told_from_some(resource: str, all_of_a_kind: bool) -> None:  # noqa: FBT001 - a table
    """One bucket's objects are not all objects."""
    assert unbounded(resource) is all_of_a_kind


def test_a_document_is_as_long_as_iam_counts_it() -> None:
    """White space between words does not count, that inside a text does."""
    assert size('{ "a" : [ 1,\n 2 ] }') == size({"a": [1, 2]}) == len('{"a":[1,2]}')
    assert size({"a": "b c"}) == len('{"a":"b c"}')
    assert size(None) == 0
