"""What differs between two resources: by path, short, and without secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from delivery.reports.properties import UNKNOWN, edits
from delivery.reports.snapshot import SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping


def shown(before: Mapping[str, object], after: Mapping[str, object]) -> list[tuple[str, str, str]]:
    return [(one.path, one.before, one.after) for one in edits(before, after)]


def test_each_difference_has_its_path() -> None:
    """Added, changed and removed ones, in the order of paths; what is alike is not there."""
    before = {"a": 1, "b": {"c": "x", "d": True}, "same": [1]}
    after = {"b": {"c": "y", "e": []}, "same": [1]}
    assert shown(before, after) == [
        ("a", "1", "(none)"),
        ("b.c", '"x"', '"y"'),
        ("b.d", "true", "(none)"),
        ("b.e", "(none)", "[]"),
    ]


def test_members_are_matched_by_name() -> None:
    """One more at the front is one addition; without names by place."""
    one, two = {"name": "one", "n": 1}, {"name": "two", "n": 2}
    assert shown({"rules": [two]}, {"rules": [one, {**two, "n": 3}]}) == [
        ("rules[one]", "(none)", '{"n": 1, "name": "one"}'),
        ("rules[two].n", "2", "3"),
    ]
    assert shown({"rules": [{"n": 1}]}, {"rules": [{"n": 2}]}) == [("rules[0].n", "1", "2")]


def test_a_document_is_compared_inside() -> None:
    """The provider sees one property; a reader wants the statement."""
    before = json.dumps({"Statement": [{"Sid": "Reads", "Action": ["a"]}]})
    after = json.dumps({"Statement": [{"Sid": "Reads", "Action": ["a", "b"]}]}, indent=1)
    (one,) = edits({"policy": before}, {"policy": after})
    assert (one.path, one.property) == ("policy.Statement[Reads].Action", "policy")
    assert edits({"policy": before}, {"policy": json.dumps(json.loads(before), indent=2)}) == ()


def test_a_secret_is_told_to_differ_and_not_shown() -> None:
    """Neither value nor digest."""
    assert shown({"p": {SECRET: "1"}}, {"p": {SECRET: "2"}}) == [("p", SECRET, SECRET)]
    assert shown({}, {"p": [{"v": {SECRET: "2"}}]}) == [("p", "(none)", "(with a secret)")]
    assert shown({"p": {SECRET: "1"}}, {"p": {SECRET: "1"}}) == []


def test_unknown_and_long_values_are_words() -> None:
    """A value known only later, and one that would fill the screen."""
    assert shown({"a": UNKNOWN}, {"a": "x" * 100}) == [("a", "(unknown)", "(102 characters)")]


def test_numbers_and_long_lists_read_as_people_write_them() -> None:
    """The wire knows only floats; of a long list the difference is what counts."""
    assert shown({"a": 7.0}, {"a": [14.0, 0.5]}) == [("a", "7", "[14, 0.5]")]
    many = [f"member-{one:03}" for one in range(50)]
    assert shown({"a": many}, {"a": [*many[1:], "new"]}) == [("a", '(less) ["member-000"]', '(more) ["new"]')]


def test_tags_are_told_once() -> None:
    """`tagsAll` holds them with the defaults."""
    assert [one.path for one in edits({"tags": {}, "tagsAll": {}}, {"tags": {"a": "b"}, "tagsAll": {"a": "b"}})] == [
        "tagsAll.a"
    ]


def test_the_providers_property_is_free_of_places() -> None:
    """As the table of replacements names it."""
    (one,) = edits({"rules": [{"name": "a", "n": 1}]}, {"rules": [{"name": "a", "n": 2}]})
    assert one.property == "rules[].n"
