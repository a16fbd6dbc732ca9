"""What a plan answers when the program asks the cloud: placeholders, each of which the report states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf import json_format, struct_pb2  # type: ignore[import-untyped]  # published without stubs

PLACEHOLDER_ACCOUNT: Final = "000000000000"  # stands for an account that is only known with credentials
PLACEHOLDER_REGION: Final = "us-east-1"
_PARTITIONS: Final = {"cn": ("aws-cn", "amazonaws.com.cn"), "us-gov": ("aws-us-gov", "amazonaws.com")}


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What an explicit provider's inputs say of where it works."""

    account: str = ""  # empty: asked of the cloud
    region: str = PLACEHOLDER_REGION
    default_tags: struct_pb2.Struct

    @classmethod
    def of(cls, inputs: struct_pb2.Struct) -> Provider:
        values = {name: _decoded(value) for name, value in json_format.MessageToDict(inputs).items()}
        accounts = values.get("allowedAccountIds")
        tags = values.get("defaultTags")
        default_tags = struct_pb2.Struct()
        if isinstance(tags, Mapping) and isinstance(tags.get("tags"), Mapping):
            default_tags.update(dict(tags["tags"]))
        return cls(
            account=str(accounts[0]) if isinstance(accounts, list) and len(accounts) == 1 else "",
            region=str(values.get("region") or PLACEHOLDER_REGION),
            default_tags=default_tags,
        )


def answer(token: str, provider: Provider) -> dict[str, object] | None:
    """The result of an `aws:index/...` function, or None when a plan has no answer for it."""
    region = provider.region
    account = provider.account or PLACEHOLDER_ACCOUNT
    partition, suffix = next(
        (names for start, names in _PARTITIONS.items() if region.startswith(start)),
        ("aws", "amazonaws.com"),
    )
    answers: dict[str, dict[str, object]] = {
        "getCallerIdentity": {
            "accountId": account,
            "arn": f"arn:{partition}:sts::{account}:assumed-role/plan/plan",
            "id": account,
            "userId": "plan",
        },
        "getRegion": {"id": region, "name": region, "region": region, "description": region},
        "getPartition": {
            "id": partition,
            "partition": partition,
            "dnsSuffix": suffix,
            "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
        },
        "getAvailabilityZones": {
            "id": region,
            "names": [region + zone for zone in "abc"],
            "zoneIds": [f"{region}-az{number}" for number in (1, 2, 3)],
        },
    }
    return answers.get(token.rpartition(":")[2])


def stated(token: str, provider: Provider) -> str:
    """What was assumed in answering, in the report's words; empty when the settings say it themselves."""
    name = token.rpartition(":")[2]
    if name == "getCallerIdentity" and not provider.account:
        return f"account {PLACEHOLDER_ACCOUNT} stands for the one that the credentials belong to"
    if name == "getAvailabilityZones":
        return f"{provider.region} is taken to have the zones a, b and c"
    return ""


def _decoded(value: object) -> object:
    """Provider inputs that are structures come as JSON text."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
