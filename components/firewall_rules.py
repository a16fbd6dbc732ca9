"""The rules of the web application firewall, and what they weigh.

What comes to the API is questions in plain words and documents for agents. Both hold text that looks like an attack
and is none: SQL, HTML, paths, URLs. Rules that read the body for such patterns therefore only count; their matches
are in the log. Path, query and headers hold no prose, so there the same rules block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ASK: Final = "/v1/ask"
CONFIGS: Final = "/v1/configs"
INSPECTED_KB: Final = 64  # of a body; the most there is, and what is above the first 16 costs a little more
CAPACITY_LIMIT: Final = 1_500  # in web ACL capacity units; more costs more
QUESTIONS_PER_PERSON: Final = 100  # in five minutes; an access token is one person's
_MANAGED: Final = "AWS"
# 4,200,000 bytes or more: the API takes 4 MiB of documents at once, less of one, and refuses what is above exactly.
_OVER_4_MIB: Final = r"^(4[2-9][0-9]{5}|[5-9][0-9]{6}|[0-9]{8,})$"
_ANY_LENGTH: Final = "^[0-9]+$"
_AS_IT_IS: Final = ({"priority": 0, "type": "NONE"},)
_WINDOW_S: Final = 300


@dataclass(frozen=True, kw_only=True)
class Group:
    """A rule group that AWS keeps up to date; the rules in `counted` do not block."""

    name: str
    capacity: int
    counted: tuple[str, ...] = ()


# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
GROUPS: Final = (
    Group(name="AWSManagedRulesAmazonIpReputationList", capacity=25),
    Group(
        name="AWSManagedRulesCommonRuleSet",
        capacity=700,
        counted=(
            "CrossSiteScripting_BODY",
            "EC2MetaDataSSRF_BODY",
            "GenericLFI_BODY",
            "GenericRFI_BODY",
            "SizeRestrictions_BODY",  # 8 KB; ours is below
        ),
    ),
    # Its patterns in a body are of exploits, such as `${jndi:ldap://`, which no question holds: they block.
    Group(name="AWSManagedRulesKnownBadInputsRuleSet", capacity=200),
    Group(name="AWSManagedRulesSQLiRuleSet", capacity=200, counted=("SQLiExtendedPatterns_BODY", "SQLi_BODY")),
)

# Our own rules -> their capacity, by the tables of the developer guide's statement pages: a byte or regex match and
# a size are 1 to 10 each, a text transformation 10, a rate 2 and 30 for each custom key.
OWN_CAPACITY: Final[Mapping[str, int]] = {
    "rate-per-address": 2,
    "rate-per-person": 2 + 30 + 10 + 10,
    "body-of-a-question": 10 + 1 + 10,
    "length-of-a-document": 10 + 1 + 3 + 3 * 10,
    "body-of-a-document": 10 + 3 + 10,
}


def capacity() -> int:
    """What all rules weigh together, in web ACL capacity units."""
    return sum(group.capacity for group in GROUPS) + sum(OWN_CAPACITY.values())


def requests_per_address(throttle: int) -> int:
    """In five minutes: half of what the API answers, in requests a second. An address may be a whole warehouse's."""
    return throttle * _WINDOW_S // 2


def rules(prefix: str, throttle: int) -> list[dict[str, object]]:
    """All rules in the order they apply: what costs least to decide comes first.

    `prefix` is of their metrics, `throttle` is how many requests a second the API answers.
    """
    own: dict[str, dict[str, object]] = {
        "rate-per-address": {
            "rate_based_statement": {
                "limit": requests_per_address(throttle),
                "aggregate_key_type": "IP",
                "evaluation_window_sec": _WINDOW_S,
            }
        },
        "rate-per-person": {
            "rate_based_statement": {
                "limit": QUESTIONS_PER_PERSON,
                "aggregate_key_type": "CUSTOM_KEYS",
                "custom_keys": [{"header": {"name": "authorization", "text_transformations": list(_AS_IT_IS)}}],
                "evaluation_window_sec": _WINDOW_S,
                "scope_down_statement": _path_ends(ASK),
            }
        },
        # A body that is larger than what is inspected counts as too large.
        "body-of-a-question": _both(
            _path_ends(ASK),
            _larger_than_inspected(),
        ),
        # Of a body of that size only the beginning is inspected, so its length is taken from where the client says
        # it. A body in chunks has no such header: one that is more than a question is refused without it.
        "length-of-a-document": _both(
            _matches("CONTAINS", CONFIGS),
            _larger_than_inspected(),
            {"not_statement": {"statement": _length_is(_ANY_LENGTH)}},
        ),
        "body-of-a-document": _both(
            _matches("CONTAINS", CONFIGS),
            _length_is(_OVER_4_MIB),
        ),
    }
    blocking = [
        {
            "name": name,
            "priority": place,
            "action": {"block": {}},
            "statement": statement,
            "visibility_config": visibility(f"{prefix}-{name}"),
        }
        for place, (name, statement) in enumerate(own.items())
    ]
    return blocking + [_managed(prefix, group, len(own) + place) for place, group in enumerate(GROUPS)]


def visibility(metric: str) -> dict[str, object]:
    """Metrics, and no samples: a sampled request shows its headers in the console, the token among them."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": False}


def _managed(prefix: str, group: Group, priority: int) -> dict[str, object]:
    statement = {
        "vendor_name": _MANAGED,
        "name": group.name,
        "rule_action_overrides": [{"name": rule, "action_to_use": {"count": {}}} for rule in group.counted],
    }
    return {
        "name": group.name,
        "priority": priority,
        "override_action": {"none": {}},  # as the group says
        "statement": {"managed_rule_group_statement": statement},
        "visibility_config": visibility(f"{prefix}-{group.name}"),
    }


def _path_ends(path: str) -> dict[str, object]:
    """The path begins with the stage, or does not where there is a domain."""
    return _matches("ENDS_WITH", path)


def _matches(constraint: str, path: str) -> dict[str, object]:
    return {
        "byte_match_statement": {
            "positional_constraint": constraint,
            "search_string": path,
            "field_to_match": {"uri_path": {}},
            "text_transformations": list(_AS_IT_IS),
        }
    }


def _larger_than_inspected() -> dict[str, object]:
    return {
        "size_constraint_statement": {
            "comparison_operator": "GT",
            "size": INSPECTED_KB * 1024,
            "field_to_match": {"body": {"oversize_handling": "MATCH"}},
            "text_transformations": list(_AS_IT_IS),
        }
    }


def _length_is(pattern: str) -> dict[str, object]:
    """Of a request that says its length; without the header nothing matches."""
    return {
        "regex_match_statement": {
            "regex_string": pattern,
            "field_to_match": {"single_header": {"name": "content-length"}},
            "text_transformations": list(_AS_IT_IS),
        }
    }


def _both(*statements: dict[str, object]) -> dict[str, object]:
    return {"and_statement": {"statements": list(statements)}}
