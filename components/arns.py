"""ARNs from known names: policy documents are then complete, and checkable, before anything exists."""

from __future__ import annotations

from dataclasses import dataclass, replace

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b"))

_SUFFIXES = {"aws-cn": "amazonaws.com.cn", "aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov"}


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

    def regional_service(self, name: str) -> str:
        """A service of this region as policies name it: `logs.us-east-1.amazonaws.com`."""
        return f"{name}.{self.region}.{_SUFFIXES.get(self.partition, 'amazonaws.com')}"

    def table(self, name: str) -> str:
        return self._regional("dynamodb", f"table/{name}")

    def function(self, name: str) -> str:
        return self._regional("lambda", f"function:{name}")

    def alias(self, function: str, alias: str) -> str:
        """One alias of a function; a grant of it covers no other version."""
        return self._regional("lambda", f"function:{function}:{alias}")

    def queue(self, name: str) -> str:
        return self._regional("sqs", name)

    def topic(self, name: str) -> str:
        return self._regional("sns", name)

    def secret(self, name: str) -> str:
        """A secret; the service ends its ARN in a hyphen and six characters of its own."""
        return self._regional("secretsmanager", f"secret:{name}-??????")

    def parameter(self, name: str) -> str:
        return self._regional("ssm", f"parameter{name}")

    def schedule_group(self, name: str) -> str:
        return self._regional("scheduler", f"schedule-group/{name}")

    def guardrails(self) -> str:
        """All guardrails of the account: an id is not known before the guardrail exists."""
        return self._regional("bedrock", "guardrail/*")

    def backup_vault(self, name: str) -> str:
        return self._regional("backup", f"backup-vault:{name}")

    def recovery_points(self) -> str:
        """All backups of the account: each has an id of its own."""
        return self._regional("backup", "recovery-point:*")

    def backup_rules(self) -> str:
        """The rules by which AWS Backup follows what changes in a bucket; it names them itself."""
        return self._regional("events", "rule/AwsBackupManagedRule*")

    def alarm(self, name: str) -> str:
        return self._regional("cloudwatch", f"alarm:{name}")

    def budgets(self) -> str:
        """All budgets of the account; Budgets is one for all regions."""
        return f"arn:{self.partition}:budgets::{self.account}:*"

    def trail(self, name: str) -> str:
        return self._regional("cloudtrail", f"trail/{name}")

    def role(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"

    def elsewhere(self, region: str) -> Arns:
        """The ARNs of the same account in another region."""
        return replace(self, region=region)

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

    def key_alias(self, alias: str) -> str:
        """An alias of a key, by which code may name the key before it exists."""
        return self._regional("kms", f"alias/{alias}")

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

    def network(self, kind: str) -> str:
        """Everything of one kind in the region's networks, such as `subnet`; `*` for every kind."""
        return self._regional("ec2", f"{kind}/*")

    def _regional(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def flow_logs(self) -> str:
        """All flow logs of the account: an id is not known before the flow log exists."""
        return self._regional("ec2", "vpc-flow-log/*")
