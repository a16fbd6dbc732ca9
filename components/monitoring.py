"""Who is told when something is wrong, and what there is to look at."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from . import alarms, dashboard
from .alarms.alarm import Urgency, watched_by
from .dashboard.scene import Scene
from .naming import Kind
from .resource_policies import Rule, document, on_behalf, service, tls_only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .alarms.alarm import Alarm, Watched
    from .arns import Arns
    from .naming import Names
    from .sections import Thresholds

_TOPIC: Final = "alarms"
_TOLD: Final = {
    Urgency.OUTAGE: "People ask and get no answer, or no right one. First: open the errors dashboard; red is why.",
    Urgency.ATTENTION: "Nobody waits yet, but something needs a look today. First: open the errors dashboard.",
}

# What the emulator adds to alarms that have queries instead; on AWS nothing is ignored.
_MADE_UP: Final = ["period", "statistic"]


def topic_policy(arns: Arns, names: Names) -> str:
    """The alarms that tell people and budgets of this account may publish; nobody does without TLS."""
    topic = arns.topic(names.name(Kind.TOPIC, _TOPIC))
    sources = {
        "AlarmsPublish": ("cloudwatch.amazonaws.com", [*map(arns.alarm, alarms.telling(names).values())]),
        "BudgetPublishes": ("budgets.amazonaws.com", [arns.budgets()]),
    }
    return document(
        [
            *(
                Rule(
                    sid=sid,
                    principal=service(principal),
                    actions=("sns:Publish",),
                    resources=(topic,),
                    condition=on_behalf(arns, *of),
                )
                for sid, (principal, of) in sources.items()
            ),
            tls_only("sns:Publish", topic),
        ]
    )


def rule_of(names: Sequence[str]) -> str:
    """The rule of a composite alarm: any of these."""
    return " OR ".join(f'ALARM("{name}")' for name in names)


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    names: Names
    arns: Arns
    key: pulumi.Input[str]  # ARN of the key of messages, whose policy lets CloudWatch and Budgets use it
    emails: Sequence[str]
    thresholds: Thresholds
    watched: Watched
    dashboards: bool
    emulator: bool = False  # whether an emulator takes the place of AWS


class Monitoring(pulumi.ComponentResource):
    """Alarms that tell people once, on an encrypted topic with their addresses, and the five dashboards.

    Only the two composite alarms have actions, one for what keeps people waiting and one for the rest: what breaks
    together is told together, and its parts are named on the errors dashboard.
    """

    topic: pulumi.Output[str]  # ARN, known once the policy lets alarms and budgets publish
    dashboards: Mapping[str, str]  # purpose -> name; empty when switched off

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:monitoring:Monitoring", name, {}, opts)
        ready = self._topic(name, args)
        told = self._alarms(name, args, ready)
        self.dashboards = self._dashboards(name, args, told) if args.dashboards else {}
        self.topic = ready.arn
        self.register_outputs({"topic": self.topic, "dashboards": self.dashboards})

    def _topic(self, name: str, args: MonitoringArgs) -> aws.sns.TopicPolicy:
        """Makes the topic; returns its policy, without which it takes nothing that alarms say."""
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            f"{name}-topic",
            name=args.names.name(Kind.TOPIC, _TOPIC),
            display_name=f"Quartermaster {args.names.environment}",
            kms_master_key_id=args.key,
            opts=child,
        )
        policy = aws.sns.TopicPolicy(
            f"{name}-topic-policy", arn=topic.arn, policy=topic_policy(args.arns, args.names), opts=child
        )
        for address in args.emails:
            # Named after the address, so that leaving one out of a list does not move the others.
            digest = hashlib.sha256(address.encode()).hexdigest()[:8]
            aws.sns.TopicSubscription(
                f"{name}-email-{digest}", topic=topic.arn, protocol="email", endpoint=address, opts=child
            )
        return policy

    def _alarms(self, name: str, args: MonitoringArgs, ready: pulumi.Resource) -> list[str]:
        """Makes all alarms; returns their names, those that tell people first."""
        planned = alarms.plan(args.watched, args.thresholds)
        made = {alarm.purpose: self._alarm(name, args, alarm) for alarm in planned}
        told = alarms.telling(args.names)
        for urgency, alarm_name in told.items():
            inside = [alarm.purpose for alarm in planned if alarm.urgency is urgency]
            actions = [args.arns.topic(args.names.name(Kind.TOPIC, _TOPIC))]
            aws.cloudwatch.CompositeAlarm(
                f"{name}-{urgency.value}",
                alarm_name=alarm_name,
                alarm_description=_TOLD[urgency],
                alarm_rule=rule_of([args.names.name(Kind.ALARM, purpose) for purpose in inside]),
                alarm_actions=actions,
                ok_actions=actions,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[ready, *(made[purpose] for purpose in inside)]),
            )
        return [*told.values()] + [args.names.name(Kind.ALARM, purpose) for purpose in made]

    def _alarm(self, name: str, args: MonitoringArgs, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        watched = watched_by(alarm)
        ignored = [one for one in _MADE_UP if one not in watched] if args.emulator else None
        return aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm.purpose}",
            name=args.names.name(Kind.ALARM, alarm.purpose),
            alarm_description=alarm.description,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.bad,
            treat_missing_data=alarm.missing,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=ignored),
            **watched,
        )

    def _dashboards(self, name: str, args: MonitoringArgs, told: Sequence[str]) -> Mapping[str, str]:
        names = {purpose: args.names.name(Kind.DASHBOARD, purpose) for purpose in dashboard.TITLES}
        scene = Scene(
            region=args.names.region,
            watched=args.watched,
            thresholds=args.thresholds,
            alarms=[args.arns.alarm(one) for one in told],
        )
        for purpose, body in dashboard.plan(scene, names).items():
            aws.cloudwatch.Dashboard(
                f"{name}-{purpose}",
                dashboard_name=names[purpose],
                dashboard_body=json.dumps(body),
                opts=pulumi.ResourceOptions(parent=self),
            )
        return names
