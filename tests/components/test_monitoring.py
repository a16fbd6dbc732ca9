"""Who is told when something is wrong: once, over an encrypted topic that nobody else can publish to."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import pytest

from delivery.defects import defects

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording, Registration

Program: TypeAlias = "Callable[..., Recording]"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TOPIC = "aws:sns/topic:Topic"
POLICY = "aws:sns/topicPolicy:TopicPolicy"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:qm-alarms-dev"
EMAILS = ("oncall@example.com", "lead@example.com")
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SOURCE = """
from components.alarms.alarm import Watched, WatchedFunction
from components.monitoring import Monitoring, MonitoringArgs
from components.sections import Thresholds

monitoring = Monitoring(
    "monitoring",
    MonitoringArgs(
        names=names,
        arns=arns,
        key="arn:aws:kms:us-east-1:123456789012:key/messages",
        emails={emails!r},
        thresholds=Thresholds(),
        watched=Watched(
            namespace="qm/dev",
            functions={{
                "api": WatchedFunction(name="qm-api-dev", timeout_s=29, reserved={reserved!r}),
                "worker": WatchedFunction(name="qm-worker-dev", timeout_s=29),
            }},
            tables={{"configuration": "qm-configuration-dev"}},
            queues={{"failed": "qm-failed-dev"}},
            api=("qm-api-dev", "dev"),
            worker_every_s=60,
            workgroup="qm-gateway-dev",
            web_acl=None,
            access_log="/aws/apigateway/qm-api-dev",
        ),
        dashboards={dashboards!r},
        emulator={emulator!r},
    ),
    opts,
)
"""


def source(
    *, emails: tuple[str, ...] = EMAILS, dashboards: bool = True, reserved: int | None = 10, emulator: bool = False
) -> str:
    return SOURCE.format(emails=emails, dashboards=dashboards, reserved=reserved, emulator=emulator)


def children(recording: Recording) -> list[Registration]:
    (parent,) = recording.of_type("quartermaster:monitoring:Monitoring")
    assert parent.urn in recording.completed
    return [one for one in recording.registrations if one.parent == parent.urn]


@pytest.mark.parametrize("emails", [(), EMAILS], ids=["nobody", "two"])
@pytest.mark.parametrize("dashboards", [True, False], ids=["dashboards", "none"])
@pytest.mark.parametrize("reserved", [None, 10], ids=["shared", "reserved"])
def test_monitoring_is_made_of_exactly_this(
    program: Program, *, emails: tuple[str, ...], dashboards: bool, reserved: int | None
) -> None:
    """A topic with its policy and addresses, alarms for what there is, two that tell, and five dashboards or none."""
    recording = program(source(emails=emails, dashboards=dashboards, reserved=reserved))
    kinds = {TOPIC: 1, POLICY: 1, SUBSCRIPTION: len(emails), ALARM: 24 if reserved else 23, COMPOSITE: 2}
    kinds[DASHBOARD] = 5 if dashboards else 0
    found = Counter(one.type for one in children(recording))
    assert found == {kind: count for kind, count in kinds.items() if count}
    assert all(one.name.startswith("monitoring-") for one in children(recording))
    assert defects(recording) == ()


@pytest.mark.must_have("monitoring", "One alarm tells people, not twenty")
def test_one_alarm_tells_people(program: Program) -> None:
    """Only the composite alarms have actions, each other alarm is in exactly one of them, and both say all is well."""
    recording = program(source())
    alarms = {str(one.values["name"]): one.values for one in recording.of_type(ALARM)}
    assert not [name for name, values in alarms.items() if {"alarmActions", "okActions"} & values.keys()]
    inside = []
    for one in recording.of_type(COMPOSITE):
        assert one.values["alarmActions"] == one.values["okActions"] == [TOPIC_ARN]
        assert re.fullmatch(r'ALARM\("[^"]+"\)( OR ALARM\("[^"]+"\))*', str(one.values["alarmRule"]))
        assert len(str(one.values["alarmRule"])) <= 10_240
        inside += re.findall(r'"([^"]+)"', str(one.values["alarmRule"]))
    assert sorted(inside) == sorted(alarms)
    assert [one.values["alarmName"] for one in recording.of_type(COMPOSITE)] == ["qm-attention-dev", "qm-outage-dev"]


def test_what_tells_people_waits_for_what_it_reads(program: Program) -> None:
    """CloudWatch refuses a rule with an alarm that is not there yet; the topic must take what it is told."""
    for one in program(source()).of_type(COMPOSITE):
        needed = re.findall(r'"qm-([^"]+)-dev"', str(one.values["alarmRule"]))
        waits = {urn.rpartition("::")[2] for urn in one.dependencies}
        assert {f"monitoring-{purpose}" for purpose in needed} | {"monitoring-topic-policy"} <= waits


@pytest.mark.must_have("monitoring", "The topic is encrypted with our key")
def test_the_topic_is_encrypted_with_our_key(program: Program) -> None:
    """CloudWatch cannot use the key that SNS brings, and alarms may name what is wrong."""
    (topic,) = program(source()).of_type(TOPIC)
    assert topic.values["name"] == "qm-alarms-dev"
    assert topic.values["kmsMasterKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/messages"


@pytest.mark.must_have("monitoring", "Only the alarms that tell people, and budgets, publish, and only over TLS")
def test_only_alarms_and_budgets_publish(program: Program) -> None:
    """Two services on behalf of this account, each for resources of ours; everybody else has no statement."""
    (policy,) = program(source()).of_type(POLICY)
    statements = json.loads(str(policy.values["policy"]))["Statement"]
    allowed = {one["Principal"]["Service"]: one for one in statements if one["Effect"] == "Allow"}
    assert {name: one["Condition"]["ArnLike"]["aws:SourceArn"] for name, one in allowed.items()} == {
        "cloudwatch.amazonaws.com": [
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:qm-attention-dev",
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:qm-outage-dev",
        ],
        "budgets.amazonaws.com": ["arn:aws:budgets::123456789012:*"],
    }
    for one in allowed.values():
        assert one["Action"] == ["sns:Publish"]
        assert one["Resource"] == [TOPIC_ARN]
        assert one["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    (denied,) = (one for one in statements if one["Effect"] == "Deny")
    assert denied["Principal"] == "*"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_each_address_is_subscribed(program: Program) -> None:
    """By mail, and under a name that does not move when another address leaves the list."""
    both = {one.values["endpoint"]: one.name for one in program(source()).of_type(SUBSCRIPTION)}
    assert set(both) == set(EMAILS)
    (left,) = program(source(emails=EMAILS[1:])).of_type(SUBSCRIPTION)
    assert left.name == both[EMAILS[1]]
    assert (left.values["protocol"], left.values["endpoint"]) == ("email", EMAILS[1])


def test_dashboards_are_readable_before_anything_exists(program: Program) -> None:
    """Names and bodies are known in a preview; the errors dashboard shows every alarm, those that tell first."""
    recording = program(source())
    bodies = {one.values["dashboardName"]: one.values["dashboardBody"] for one in recording.of_type(DASHBOARD)}
    purposes = ("performance", "cost", "errors", "activity", "resources")
    assert set(bodies) == {f"qm-{purpose}-dev-us-east-1" for purpose in purposes}
    assert UNKNOWN not in bodies.values()
    widgets = json.loads(str(bodies["qm-errors-dev-us-east-1"]))["widgets"]
    (states,) = (one["properties"]["alarms"] for one in widgets if one["type"] == "alarm")
    told = [arn.rpartition(":")[2] for arn in states]
    assert told[:2] == ["qm-outage-dev", "qm-attention-dev"]
    assert sorted(told[2:]) == sorted(str(one.values["name"]) for one in recording.of_type(ALARM))


def test_changes_are_ignored_only_where_an_emulator_invents_them(program: Program) -> None:
    """On AWS nothing is; in the emulator only what an alarm with queries does not have."""
    assert not [one for one in program(source()).registrations if one.ignore_changes]
    for one in program(source(emulator=True)).of_type(ALARM):
        assert bool(one.ignore_changes) == ("metricQueries" in one.values)
        assert set(one.ignore_changes) <= {"period", "statistic"}
