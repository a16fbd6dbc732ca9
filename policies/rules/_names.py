"""Which property is a resource's physical name, and what its service lets it be.

Limits as each service's API reference gives them for the parameter that holds the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WORD: Final = r"[A-Za-z0-9_-]+"


@dataclass(frozen=True, kw_only=True)
class Name:
    """The property, the shortest and longest name, and a pattern of the whole of it."""

    key: str = "name"
    least: int = 1
    most: int = 255
    pattern: re.Pattern[str] = re.compile(_WORD)


def _name(most: int, pattern: str = _WORD, *, least: int = 1, key: str = "name") -> Name:
    return Name(key=key, least=least, most=most, pattern=re.compile(pattern))


BUCKET: Final = "aws:s3/bucket:Bucket"
FUNCTION: Final = "aws:lambda/function:Function"
ROLE: Final = "aws:iam/role:Role"
LOGS: Final = "aws:cloudwatch/logGroup:LogGroup"
KEY_ALIAS: Final = "aws:kms/alias:Alias"
BALANCER: Final = _name(32, r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
IAM: Final = r"[A-Za-z0-9_+=,.@-]+"
NAMES: Final = {
    "aws:athena/workgroup:Workgroup": _name(128, r"[A-Za-z0-9._-]+"),
    "aws:backup/plan:Plan": _name(50, r"[A-Za-z0-9._-]+"),
    "aws:backup/vault:Vault": _name(50, least=2),
    "aws:bedrock/guardrail:Guardrail": _name(50),
    "aws:budgets/budget:Budget": _name(100, r"[^:\\]+"),
    "aws:cloudtrail/trail:Trail": _name(128, r"[A-Za-z0-9]([A-Za-z0-9]|[._-](?![._-]))*(?<![._-])", least=3),
    "aws:cloudwatch/eventBus:EventBus": _name(256, r"[A-Za-z0-9/._-]+"),
    "aws:cloudwatch/eventRule:EventRule": _name(64, r"[A-Za-z0-9._-]+"),
    LOGS: _name(512, r"[A-Za-z0-9_/.#-]+"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _name(255, r"[^\x00-\x1f]+"),
    "aws:cognito/userPool:UserPool": _name(128, r"[\w\s+=,.@-]+"),
    "aws:dynamodb/table:Table": _name(255, r"[A-Za-z0-9_.-]+", least=3),
    "aws:ecr/repository:Repository": _name(256, r"[a-z0-9]+([._/-]+[a-z0-9]+)*", least=2),
    "aws:ecs/cluster:Cluster": _name(255),
    "aws:glue/catalogDatabase:CatalogDatabase": _name(255, r"[a-z0-9_-]+"),
    "aws:iam/policy:Policy": _name(128, IAM),
    ROLE: _name(64, IAM),
    "aws:iam/user:User": _name(64, IAM),
    KEY_ALIAS: _name(256, r"alias/[A-Za-z0-9/_-]+"),
    FUNCTION: _name(64),
    "aws:lb/loadBalancer:LoadBalancer": BALANCER,
    "aws:lb/targetGroup:TargetGroup": BALANCER,
    BUCKET: _name(63, r"[a-z0-9]([a-z0-9-]|\.(?!\.))*[a-z0-9]", least=3, key="bucket"),
    "aws:scheduler/schedule:Schedule": _name(64, r"[A-Za-z0-9_.-]+"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": _name(64, r"[A-Za-z0-9_.-]+"),
    "aws:secretsmanager/secret:Secret": _name(512, r"[A-Za-z0-9/_+=.@-]+"),
    "aws:sns/topic:Topic": _name(256, r"[A-Za-z0-9_-]+(\.fifo)?"),
    "aws:sqs/queue:Queue": _name(80, r"[A-Za-z0-9_-]+(\.fifo)?"),
    "aws:ssm/parameter:Parameter": _name(1011, r"[A-Za-z0-9_./-]+"),
    "aws:wafv2/webAcl:WebAcl": _name(128),
}
GLOBAL: Final = ("aws:iam/policy:Policy", ROLE, "aws:iam/user:User")  # one namespace an account, not a region
