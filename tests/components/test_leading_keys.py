"""The code that follows the access policy stays within the partitions that its role may read.

The emulator asks no policy, so an account would be the first to refuse.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.configuration.access_policy import AccessPolicy
from agents.configuration.api_keys import DocumentKeyStore
from agents.contract import AUTHORISER, DEFAULT_TENANT
from agents.supply_chain.policy import CATALOGUE
from components.grants import grants_of
from components.iam.tables import reads_partitions
from tests.components.test_grants import ARNS, ESTATE, TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

Key: TypeAlias = "Mapping[str, Mapping[str, str]]"


class Asked:
    """A client of DynamoDB that remembers the partitions it is asked for; every head is there, and no version."""

    def __init__(self) -> None:
        self.partitions: set[str] = set()

    def get_item(self, Key: Key, **_: object) -> dict[str, object]:  # noqa: N803 - DynamoDB's word
        self._asked(Key)
        return {}

    def transact_get_items(self, TransactItems: list[dict[str, dict[str, Key]]]) -> dict[str, object]:  # noqa: N803
        keys = [one["Get"]["Key"] for one in TransactItems]
        for key in keys:
            self._asked(key)
        return {"Responses": [{"Item": {**key, "number": {"N": "1"}, "digest": {"S": "d"}}} for key in keys]}

    def batch_get_item(self, RequestItems: dict[str, dict[str, list[Key]]]) -> dict[str, object]:  # noqa: N803
        for asked in RequestItems.values():
            for key in asked["Keys"]:
                self._asked(key)
        return {"Responses": {name: [] for name in RequestItems}}

    def _asked(self, key: Key) -> None:
        self.partitions.add(key["pk"]["S"])


def test_the_access_policy_is_read_within_its_partitions() -> None:
    """Tail, heads and versions: each partition fits the condition, and each part of the condition is needed."""
    asked = Asked()
    store = DynamoDbConfigStore(
        Table(asked, "t"), tenant=DEFAULT_TENANT, clock=lambda: datetime.now(UTC), random=lambda: 0.0
    )
    policy = AccessPolicy(store, environment="dev", catalogue=CATALOGUE, agents=(), tools=())
    with contextlib.suppress(KeyError):  # there is no version
        policy()
    assert len(asked.partitions) == 4
    _fit(asked.partitions, TOOLS[0])


def test_keys_are_read_within_their_partitions() -> None:
    """Those of the authoriser: heads and versions of the index and of each key."""
    asked = Asked()
    store = DynamoDbConfigStore(
        Table(asked, "t"), tenant=DEFAULT_TENANT, clock=lambda: datetime.now(UTC), random=lambda: 0.0
    )
    keys = DocumentKeyStore(store)
    for read in (keys.live, lambda: keys.find("nightly")):
        with contextlib.suppress(KeyError):  # there is no version
            read()
    assert len(asked.partitions) == 3
    _fit(asked.partitions, AUTHORISER.name)


def _fit(partitions: set[str], function: str) -> None:
    """Each partition fits the condition of the function's role, and each part of the condition is needed."""
    name = reads_partitions(ARNS, "t").sid
    (statement,) = [one for one in grants_of(function, ESTATE) if one.sid == name]
    patterns = statement.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert all(any(fnmatchcase(one, pattern) for pattern in patterns) for one in partitions)
    assert all(any(fnmatchcase(one, pattern) for one in partitions) for pattern in patterns)
