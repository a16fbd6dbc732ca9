"""What stands before the API."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import pytest

from agents.api.edge import MAX_BULK_BODY_BYTES
from agents.contract import ROUTES
from components.firewall_rules import (
    ASK,
    CAPACITY_LIMIT,
    CONFIGS,
    GROUPS,
    OWN_CAPACITY,
    capacity,
    requests_per_address,
    rules,
)
from delivery.sdk_types import unknown_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from delivery.recorder import Recording

Program: TypeAlias = "Callable[..., Recording]"
STAGE = "arn:aws:apigateway:us-east-1::/restapis/a1/stages/dev"
SOURCE = f"""
from components.edge import Edge, EdgeArgs

Edge(
    "edge",
    EdgeArgs(names=names, stage_arn={STAGE!r}, throttle=20, retention_days=7, logs_key="arn:aws:kms:key"),
    opts,
)
"""


def texts(node: object) -> Iterator[str]:
    """Every text in a rule."""
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def rule(name: str) -> dict[str, object]:
    return next(one for one in rules("qm-edge-dev", 20) if one["name"] == name)


def document_limit() -> str:
    return next(text for text in texts(rule("body-of-a-document")) if text.startswith("^"))


@pytest.mark.must_have("edge", "A web ACL stands before the stage, with a log of its own")
def test_the_edge_has_exactly_its_parts(program: Program) -> None:
    """One web ACL, associated with the stage, and what it logs to."""
    recording = program(SOURCE)
    (component,) = recording.of_type("quartermaster:edge:Edge")
    children = [one for one in recording.registrations if one.parent == component.urn]
    assert Counter(one.type for one in children) == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:wafv2/webAcl:WebAcl": 1,
        "aws:wafv2/webAclAssociation:WebAclAssociation": 1,
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": 1,
    }
    assert all(one.name.startswith("edge-") for one in children)
    assert [list(unknown_properties(one.type, one.values)) for one in children] == [[]] * len(children)
    assert component.urn in recording.completed
    (association,) = recording.of_type("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association.values["resourceArn"] == STAGE


@pytest.mark.must_have("edge", "AWS's rules against known attacks and known attackers apply")
def test_managed_groups_block_but_where_prose_is_read(program: Program) -> None:
    """No group is only counted as a whole, and within one only rules that read the body are."""
    (acl,) = program(SOURCE).of_type("aws:wafv2/webAcl:WebAcl")
    found = acl.values["rules"]
    assert isinstance(found, list)
    managed = {one["name"]: one for one in found if "overrideAction" in one}
    assert set(managed) == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    }
    assert all(set(one["overrideAction"]) == {"none"} for one in managed.values())
    assert all(one["action"] == {"block": {}} for one in found if "action" in one)


@pytest.mark.must_have("edge", "Questions and documents that hold SQL, HTML, paths or URLs are not refused for it")
def test_rules_that_would_take_prose_for_an_attack_only_count() -> None:
    """`Which orders select * from...?` is a question; so is one of ten kilobytes."""
    counted = {name for group in GROUPS for name in group.counted}
    assert {
        "CrossSiteScripting_BODY",
        "EC2MetaDataSSRF_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "SQLiExtendedPatterns_BODY",
        "SQLi_BODY",
        "SizeRestrictions_BODY",
    } == counted
    assert all(name.endswith("_BODY") for name in counted)
    for group in GROUPS:
        statement = rule(group.name)["statement"]
        assert isinstance(statement, dict)
        overrides = statement["managed_rule_group_statement"]["rule_action_overrides"]
        assert overrides == [{"name": name, "action_to_use": {"count": {}}} for name in group.counted]


@pytest.mark.must_have("edge", "One address or person cannot use up what the API answers")
def test_rates_are_limited_by_address_and_by_person() -> None:
    """An address gets half of the API's throughput at most; a person, told by the token, 100 questions."""
    assert requests_per_address(20) == 3_000
    by_address = rule("rate-per-address")["statement"]
    assert isinstance(by_address, dict)
    assert by_address["rate_based_statement"]["limit"] == 3_000
    by_person = rule("rate-per-person")["statement"]
    assert isinstance(by_person, dict)
    (key,) = by_person["rate_based_statement"]["custom_keys"]
    assert key["header"]["name"] == "authorization"
    assert by_person["rate_based_statement"]["limit"] == 100


@pytest.mark.must_have("edge", "Questions of up to 64 KB and documents of up to 4 MiB pass, larger bodies do not")
def test_what_the_api_takes_passes_the_size_rules() -> None:
    """Documents may be as large as the API allows; a question as large as the firewall can read."""
    too_long = document_limit()
    taken = (0, 9, 1_000, 99_999, 999_999, MAX_BULK_BODY_BYTES, 4_199_999)
    refused = (4_200_000, 4_999_999, 5_000_000, 9_999_999, 10_485_760)
    assert [size for size in taken if re.search(too_long, str(size))] == []
    assert [size for size in refused if not re.search(too_long, str(size))] == []
    assert 65_536 in [
        statement["size_constraint_statement"]["size"]
        for statement in _statements(rule("body-of-a-question"))
        if "size_constraint_statement" in statement
    ]


@pytest.mark.must_have("edge", "A large document says its length, or is refused")
def test_a_large_body_in_chunks_is_refused(program: Program) -> None:
    """Chunks come without a length, which is all that tells documents of 4 MiB from 10 MB."""
    path, size, length = _statements(rule("length-of-a-document"))
    assert CONFIGS in list(texts(path))
    constraint = size["size_constraint_statement"]
    assert (constraint["size"], constraint["field_to_match"]) == (65_536, {"body": {"oversize_handling": "MATCH"}})
    assert "content-length" in list(texts(length))
    said = next(text for text in texts(length["not_statement"]) if text.startswith("^"))
    assert [bool(re.search(said, text)) for text in ("70000", "", "-1", "1e9")] == [True, False, False, False]
    (acl,) = program(SOURCE).of_type("aws:wafv2/webAcl:WebAcl")
    assert list(unknown_properties("aws:wafv2/webAcl:WebAcl", acl.values)) == []


@pytest.mark.must_have("edge", "The log keeps what was refused or counted, without tokens")
def test_the_log_holds_no_token(program: Program) -> None:
    """Headers that carry credentials are redacted, and no request is sampled, which would show them too."""
    recording = program(SOURCE)
    (logging,) = recording.of_type("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    fields = logging.values["redactedFields"]
    assert isinstance(fields, list)
    assert {"authorization", "cookie"} <= {field["singleHeader"]["name"] for field in fields}
    assert "DROP" in list(texts(logging.values["loggingFilter"]))
    (logs,) = recording.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert logs.values["name"] == "aws-waf-logs-qm-edge-dev"
    assert (logs.values["retentionInDays"], logs.values["kmsKeyId"]) == (7, "arn:aws:kms:key")
    visibility = [one["visibility_config"] for one in rules("qm-edge-dev", 20)]
    assert all(isinstance(one, dict) and one["sampled_requests_enabled"] is False for one in visibility)


def test_the_rules_stay_below_the_price_of_more_capacity() -> None:
    """Every rule has its weight stated, and together they are within what a web ACL includes."""
    names = {one["name"] for one in rules("p", 20)}
    assert names == {group.name for group in GROUPS} | set(OWN_CAPACITY)
    assert capacity() < CAPACITY_LIMIT


def test_rules_are_about_routes_that_there_are() -> None:
    """A route that moves would leave its limit behind."""
    paths = {path for _, path in ROUTES}
    assert ASK in paths
    assert CONFIGS in paths  # where several are published at once
    assert f"{CONFIGS}/{{kind}}/{{name}}" in paths


def test_priorities_are_unique() -> None:
    """The service refuses two rules of the same priority."""
    priorities = [one["priority"] for one in rules("p", 20)]
    assert priorities == list(range(len(priorities)))


def _statements(of: dict[str, object]) -> list[dict[str, dict[str, object]]]:
    statement = of["statement"]
    assert isinstance(statement, dict)
    found = statement["and_statement"]["statements"]
    assert isinstance(found, list)
    return found
