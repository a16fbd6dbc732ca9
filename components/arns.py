"""ARNs from known names: policy documents are then complete, and checkable, before anything exists."""

from __future__ import annotations

from dataclasses import dataclass

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b"))


def partition_of(region: str) -> str:
    return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")


@dataclass(frozen=True, kw_only=True)
class Arns:
    """The ARNs of one account and region."""

    region: str
    account: str

    @property
    def partition(self) -> str:
        return partition_of(self.region)

    def table(self, name: str) -> str:
        return self._regional("dynamodb", f"table/{name}")

    def function(self, name: str) -> str:
        return self._regional("lambda", f"function:{name}")

    def log_group(self, name: str) -> str:
        return self._regional("logs", f"log-group:{name}")

    def workgroup(self, name: str) -> str:
        return self._regional("athena", f"workgroup/{name}")

    def catalog(self) -> str:
        return self._regional("glue", "catalog")

    def database(self, name: str) -> str:
        return self._regional("glue", f"database/{name}")

    def database_tables(self, name: str) -> str:
        return self._regional("glue", f"table/{name}/*")

    def keys(self) -> str:
        """All keys of the account: a key's own ARN is not known before it exists, so condition on its alias."""
        return self._regional("kms", "key/*")

    def bucket(self, name: str) -> str:
        return f"arn:{self.partition}:s3:::{name}"

    def objects(self, bucket: str, prefix: str) -> str:
        return f"arn:{self.partition}:s3:::{bucket}/{prefix}/*"

    def root(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:root"

    def inference_profile(self, model: str) -> str:
        return self._regional("bedrock", f"inference-profile/{model}")

    def foundation_model(self, model: str, regions: str = "") -> str:
        """A model in this region, or in the regions that `regions` matches."""
        return f"arn:{self.partition}:bedrock:{regions or self.region}::foundation-model/{model}"

    def _regional(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
