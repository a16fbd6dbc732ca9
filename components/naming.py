"""One solver for every physical name: `{prefix}-{purpose}-{environment}`, inside each service's limits.

Total: every valid input has a name. Injective: neither prefix nor purpose holds a hyphen, an account is the last
word of twelve digits and a region cannot be read two ways, so a name has one origin. What does not fit keeps
prefix and environment and loses the end of the purpose to a hash of the whole.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

# Words that a service refuses at the start of a name: S3 (sthree, xn--, amzn-s3-demo-), SSM, EventBridge, Glue.
PREFIX: Final = r"^(?!(aws|amazon|amzn|ssm|sthree|xn)$)[a-z][a-z0-9]{1,7}$"
ENVIRONMENT: Final = r"^(?=.{1,14}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$"
REGION: Final = r"^[a-z]{2}(-(gov|iso[a-z]?))?-(north|south|east|west|central)(east|west)?-[0-9]$"
_PURPOSE: Final = r"^[a-z][a-z0-9]*$"
_ACCOUNT: Final = r"^[0-9]{12}$"
_HASH: Final = 8  # hex digits


class Scope(Enum):
    """Where a name must be unique, and so what it must say besides the environment."""

    REGION = 0
    ACCOUNT = 1  # IAM: the region is in the name, or two regions of one environment would fight
    WORLD = 2


class Kind(Enum):
    """What is named."""

    ALIAS = "alias"
    API = "api"
    AUTHORIZER = "authorizer"
    BUCKET = "bucket"
    CLIENT = "client"
    DATABASE = "database"
    FUNCTION = "function"
    ROLE = "role"
    ROLE_POLICY = "role-policy"
    TABLE = "table"
    USER_POOL = "user-pool"
    WORKGROUP = "workgroup"


@dataclass(frozen=True)
class Limit:
    longest: int
    scope: Scope = Scope.REGION
    separator: str = "-"


# Of the services' API references.
LIMITS: Final = {
    Kind.ALIAS: Limit(250),  # 256 with its `alias/`
    Kind.API: Limit(255),
    Kind.AUTHORIZER: Limit(128),
    Kind.BUCKET: Limit(63, Scope.WORLD),
    Kind.CLIENT: Limit(128),
    Kind.DATABASE: Limit(255, separator="_"),  # Athena takes no hyphen without quotes
    Kind.FUNCTION: Limit(64),
    Kind.ROLE: Limit(64, Scope.ACCOUNT),
    Kind.ROLE_POLICY: Limit(128),
    Kind.TABLE: Limit(255),
    Kind.USER_POOL: Limit(128),
    Kind.WORKGROUP: Limit(128),
}


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

    def name(self, kind: Kind, purpose: str) -> str:
        """The physical name of what serves `purpose` (lower-case letters and digits)."""
        _check("purpose", _PURPOSE, purpose)
        limit = LIMITS[kind]
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
        words = (self.prefix, purpose, self.environment, *where)
        return limit.separator.join(word.replace("-", limit.separator) for word in words)


def _check(what: str, pattern: str, value: str) -> None:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{value!r} is no {what} that names can be made of: {pattern}")
