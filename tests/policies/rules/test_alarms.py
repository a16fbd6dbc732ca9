"""What alarms and dashboards look at, in each form in which they say it."""

from __future__ import annotations

import json

import pytest

from delivery import policy_data
from policies.rules._alarms import COMPOSITE, drawn, listened_to
from policies.rules._resource import Resource


def resource(**properties: object) -> Resource:
    return Resource(type=COMPOSITE, name="one", urn="urn:pulumi:dev::quartermaster::a::one", properties=properties)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ('ALARM("a")', ("a",)),
        ("ALARM(a) AND NOT ALARM('b')", ("a", "b")),
        ("OK(a) OR INSUFFICIENT_DATA(b)", ()),
        ("(ALARM ( a ))", ()),  # a rule has no space there; CloudWatch refuses it
        (
            "ALARM( arn:aws:cloudwatch:us-east-1:000000000000:alarm:a )",
            ("arn:aws:cloudwatch:us-east-1:000000000000:alarm:a",),
        ),
    ],
)
def test_a_composite_alarm_listens_to_what_it_asks_to_be_in_alarm(rule: str, names: tuple[str, ...]) -> None:
    """By name or ARN, quoted or not; what must be OK wakes nobody."""
    assert listened_to(resource(alarmRule=rule)) == names


def test_a_dashboard_is_read_with_its_shorthands() -> None:
    """`.` is the word above, `...` all that come before; searches are read too."""
    metrics = [
        ["AWS/Lambda", "Errors", "FunctionName", "a", {"stat": "Sum"}],
        [".", "Throttles", ".", "."],
        ["...", "b"],
        [{"expression": """SEARCH('{"qm/dev",agent} MetricName="turns"', 'Sum')"""}],
        [{"expression": """SEARCH('{AWS/DynamoDB,TableName,Operation} MetricName="SystemErrors"', 'Sum')"""}],
        [{"expression": "100 * failed / tried"}],
    ]
    body = {"widgets": [{"type": "text"}, {"properties": {"title": "Graph", "metrics": metrics}}]}
    read = [
        (one.namespace, one.metric, dict(one.values) or one.dimensions)
        for one in drawn(resource(dashboardBody=json.dumps(body)))
    ]
    assert read == [
        ("AWS/Lambda", "Errors", {"FunctionName": "a"}),
        ("AWS/Lambda", "Throttles", {"FunctionName": "a"}),
        ("AWS/Lambda", "Throttles", {"FunctionName": "b"}),
        ("qm/dev", "turns", ("agent",)),
        ("AWS/DynamoDB", "SystemErrors", ("TableName", "Operation")),
    ]


def test_the_catalogue_of_metrics_is_up_to_date() -> None:
    """metrics.json is what `python -m delivery.policy_data` reads from the agents' telemetry."""
    assert policy_data.METRICS_FILE.read_text() == policy_data.metrics()
