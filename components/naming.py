"""One solver for every physical name: `{prefix}-{purpose}-{environment}`, inside each service's limits.

Secrets and parameters are paths instead, `{prefix}/{environment}/{purpose}`, so that one pattern covers them.

Total: every valid input has a name. Injective: neither prefix nor purpose holds a hyphen, an account is the last
word of twelve digits and a region cannot be read two ways, so a name has one origin. What does not fit keeps
prefix and environment and loses the end of the purpose to a hash of the whole.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

# What a service refuses at the start of a name: SSM all that begins with aws or ssm, EC2 sg-, S3 sthree- and xn--.
PREFIX: Final = r"^(?!aws|ssm|(amazon|amzn|sg|sthree|xn)$)[a-z][a-z0-9]{1,7}$"
ENVIRONMENT: Final = r"^(?=.{1,14}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$"
REGION: Final = r"^[a-z]{2}(-(gov|iso[a-z]?))?-(north|south|east|west|central)(east|west)?-[0-9]$"
_PURPOSE: Final = r"^[a-z][a-z0-9]*$"
_PATH_PURPOSE: Final = r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*$"  # nothing else stands in a path
_ACCOUNT: Final = r"^[0-9]{12}$"
_HASH: Final = 8  # hex digits


class Scope(Enum):
    """Where a name must be unique, and so what it must say besides the environment."""

    REGION = 0
    ACCOUNT = 1  # IAM: the region is in the name, or two regions of one environment would fight
    WORLD = 2


class Kind(Enum):
    """What is named."""

    ALARM = "alarm"
    ALIAS = "alias"
    API = "api"
    AUTHORIZER = "authorizer"
    BACKUP_PLAN = "backup-plan"
    BACKUP_SELECTION = "backup-selection"
    BACKUP_VAULT = "backup-vault"
    BUCKET = "bucket"
    BUDGET = "budget"
    CLIENT = "client"
    DASHBOARD = "dashboard"
    DATABASE = "database"
    FUNCTION = "function"
    GUARDRAIL = "guardrail"
    NETWORK = "network"  # what only a Name tag names: VPC, subnets, route tables
    PARAMETER = "parameter"
    QUEUE = "queue"
    RESOURCE_SERVER = "resource-server"
    RESTORE_TEST = "restore-test"
    ROLE = "role"
    ROLE_POLICY = "role-policy"
    SCHEDULE = "schedule"
    SCHEDULE_GROUP = "schedule-group"
    SECRET = "secret"  # noqa: S105 - a kind of name
    SECURITY_GROUP = "security-group"
    SIGN_IN_DOMAIN = "sign-in-domain"
    TABLE = "table"
    TOPIC = "topic"
    TRAIL = "trail"
    USAGE_PLAN = "usage-plan"
    USER_POOL = "user-pool"
    WAF_LOG_GROUP = "waf-log-group"
    WEB_ACL = "web-acl"
    WORKGROUP = "workgroup"


@dataclass(frozen=True)
class Limit:
    """What a service asks of a name. `path`: `{prefix}/{environment}/{purpose}` instead of hyphens."""

    longest: int
    scope: Scope = Scope.REGION
    separator: str = "-"
    lead: str = ""
    path: bool = False
    refused: tuple[str, ...] = ()  # words that may stand nowhere in it


# Of the services' API references.
LIMITS: Final = {
    Kind.ALARM: Limit(255),
    Kind.ALIAS: Limit(250),  # 256 with its `alias/`
    Kind.API: Limit(255),
    Kind.AUTHORIZER: Limit(128),
    Kind.BACKUP_PLAN: Limit(50),
    Kind.BACKUP_SELECTION: Limit(50),
    Kind.BACKUP_VAULT: Limit(50),
    Kind.BUCKET: Limit(63, Scope.WORLD),
    Kind.BUDGET: Limit(100, Scope.ACCOUNT),
    Kind.CLIENT: Limit(128),
    Kind.DASHBOARD: Limit(255, Scope.ACCOUNT),
    Kind.DATABASE: Limit(255, separator="_"),  # Athena takes no hyphen without quotes
    Kind.FUNCTION: Limit(64),
    Kind.GUARDRAIL: Limit(50),
    Kind.NETWORK: Limit(256),  # a tag's value
    Kind.PARAMETER: Limit(1011, lead="/", path=True),
    Kind.QUEUE: Limit(80),
    Kind.RESOURCE_SERVER: Limit(256),
    Kind.RESTORE_TEST: Limit(50, separator="_"),
    Kind.ROLE: Limit(64, Scope.ACCOUNT),
    Kind.ROLE_POLICY: Limit(128),
    Kind.SCHEDULE: Limit(64),
    Kind.SCHEDULE_GROUP: Limit(64),
    Kind.SECRET: Limit(512, path=True),
    Kind.SECURITY_GROUP: Limit(255),
    Kind.SIGN_IN_DOMAIN: Limit(63, Scope.WORLD, refused=("amazon", "aws", "cognito")),
    Kind.TABLE: Limit(255),
    Kind.TOPIC: Limit(256),
    Kind.TRAIL: Limit(128),
    Kind.USAGE_PLAN: Limit(255),
    Kind.USER_POOL: Limit(128),
    Kind.WAF_LOG_GROUP: Limit(512, lead="aws-waf-logs-"),
    Kind.WEB_ACL: Limit(128),
    Kind.WORKGROUP: Limit(128),
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A word that a service takes in no name of a kind, and whether prefix or environment brings it in."""

    kind: Kind
    word: str
    part: str


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one environment. Raises ValueError for parts that no name can be made of."""

    prefix: str
    environment: str
    account: str
    region: str

    def __post_init__(self) -> None:
        _check("prefix", PREFIX, self.prefix)
        _check("environment", ENVIRONMENT, self.environment)
        _check("account", _ACCOUNT, self.account)
        _check("region", REGION, self.region)

    def log_group(self, service: str, name: str) -> str:
        """The log group of something that has a name already, where each service looks for it."""
        return f"/aws/{service}/{name}"

    def elsewhere(self, region: str) -> Names:
        """The names of the same environment in another region."""
        return replace(self, region=region)

    def name(self, kind: Kind, purpose: str) -> str:
        """The physical name of what serves `purpose`: lower-case letters and digits, in paths also `_` and `/`."""
        limit = LIMITS[kind]
        _check("purpose", _PATH_PURPOSE if limit.path else _PURPOSE, purpose)
        name = self._joined(limit, purpose)
        if len(name) <= limit.longest:
            return name
        digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
        room = limit.longest - len(name) + len(purpose) - _HASH
        return self._joined(limit, purpose[:room] + digest)

    def _joined(self, limit: Limit, purpose: str) -> str:
        where = {
            Scope.REGION: (),
            Scope.ACCOUNT: (self.region,),
            Scope.WORLD: (self.account, self.region),
        }[limit.scope]
        if limit.path:
            return f"{limit.lead}{self.prefix}/{self.environment}/{purpose}"
        words = (self.prefix, purpose, self.environment, *where)
        return limit.lead + limit.separator.join(word.replace("-", limit.separator) for word in words)

    def refused(self) -> tuple[Refusal, ...]:
        """Every kind whose names a service would refuse for a word in prefix or environment."""
        parts = {"prefix": self.prefix, "environment": self.environment}
        return tuple(
            Refusal(kind=kind, word=word, part=part)
            for kind, limit in LIMITS.items()
            for word in limit.refused
            for part, value in parts.items()
            if word in value
        )


def _check(what: str, pattern: str, value: str) -> None:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{value!r} is no {what} that names can be made of: {pattern}")
