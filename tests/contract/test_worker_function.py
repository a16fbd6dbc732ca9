"""The worker as Lambda calls it, over a real table of the embedded emulator."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from agents.access.audit import Audit
from agents.access.decisions import Decision
from agents.adapters.dynamodb.audit import DynamoDbAuditLog
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.s3_anchors import S3AnchorStore
from agents.bootstrap.common import new_id, now
from agents.bootstrap.laptop import seed
from agents.configuration.documents import Draft
from agents.contract import AUDIT, CONFIGURATION, WORKER, Env
from agents.entry import worker
from agents.errors import QuartermasterError
from agents.runtime.registry import load_plugins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.documents import Content

pytestmark = pytest.mark.emulator


class Invocation:
    """What Lambda hands over."""

    def __init__(self, left_ms: int = 60_000) -> None:
        self._left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._left_ms


@pytest.fixture
def store(dynamodb: Any, tenant: str) -> DynamoDbConfigStore:  # noqa: ANN401 - boto3 has no types
    table = Table(dynamodb, CONFIGURATION.name)
    store = DynamoDbConfigStore(table, tenant=tenant, clock=lambda: datetime.now(UTC), random=random.random)
    seed(store, load_plugins(["agents.supply_chain"]))
    return store


@pytest.fixture(scope="module")
def key(aws: dict[str, str]) -> str:
    """The id of a signing key in KMS."""
    client = boto3.client("kms", **aws)
    made: str = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    client.close()
    return made


@pytest.fixture(autouse=True)
def deployed(
    aws: dict[str, str],
    s3: Any,  # noqa: ANN401 - the bucket has to be there; boto3 has no types
    key: str,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """The environment that the stack sets, and that of Lambda itself."""
    ours = {
        Env.ENVIRONMENT: "dev",
        Env.TENANT: tenant,
        Env.METRICS: "qm/dev",
        Env.CONFIGURATION_TABLE: CONFIGURATION.name,
        Env.AUDIT_TABLE: AUDIT.name,
        Env.AUDIT_BUCKET: "audit",
        Env.AUDIT_KEY: key,
        Env.MODEL: "offline",
        Env.MODELS: "",
        Env.FUNCTION_TIMEOUT_S: "29",
        Env.SECRETS: "",
        Env.OUTBOUND_URLS: "",
    }
    assert set(ours) == set(WORKER.environment)
    theirs = {
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_DEFAULT_REGION": aws["region_name"],
        "AWS_ACCESS_KEY_ID": aws["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": aws["aws_secret_access_key"],
    }
    for name, value in (ours | theirs).items():
        monkeypatch.setenv(name, value)
    worker._function.cache_clear()
    yield
    worker._function.cache_clear()


def measured(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines that were written: one for each job, and one for what belongs to none."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def of_jobs(lines: list[dict[str, Any]], metric: str) -> dict[str, int]:
    return {line["job"]: line[metric] for line in lines if metric in line}


def test_each_run_writes_its_metrics_once(store: DynamoDbConfigStore, capsys: pytest.CaptureFixture[str]) -> None:
    """Into the stack's namespace; a second run says the same again."""
    for _ in range(2):
        worker.handler({}, Invocation())
        lines = measured(capsys)
        assert of_jobs(lines, "worker_runs") == {"check_configurations": 1, "anchor_audit": 1}
        assert [line["configurations_invalid"] for line in lines if "configurations_invalid" in line] == [0]
        assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in lines} == {"qm/dev"}


def test_a_misfit_is_reported_and_fails_nothing(
    store: DynamoDbConfigStore, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """To find it is the job; an alarm on the gauge tells people."""
    content: Content = {"limits": {"turns": -1}}
    store.append([Draft(key="agent/sql", layer="env:dev", content=content, author="", message="", expected=0)])
    worker.handler({}, Invocation())
    assert [line["configurations_invalid"] for line in measured(capsys) if "configurations_invalid" in line] == [1]
    assert "agent/sql@env:dev version 1" in caplog.text


def test_what_the_stack_cannot_run_is_a_misfit(store: DynamoDbConfigStore, capsys: pytest.CaptureFixture[str]) -> None:
    """Documents are held against what is deployed, as when they are published: a new stack may grant less."""
    content: Content = {"limits": {"timeout_s": 60}}
    store.append([Draft(key="agent/sql", layer="env:dev", content=content, author="", message="", expected=0)])
    worker.handler({}, Invocation())
    assert [line["configurations_invalid"] for line in measured(capsys) if "configurations_invalid" in line] == [1]


def test_a_run_that_fails_fails_the_invocation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda tries again and then tells the failure destination; what was measured is written all the same."""
    monkeypatch.setenv(Env.CONFIGURATION_TABLE, "nowhere")
    with pytest.raises(QuartermasterError, match=r"jobs failed: check_configurations\."):
        worker.handler({}, Invocation())
    lines = measured(capsys)
    assert of_jobs(lines, "worker_runs") == {"check_configurations": 1, "anchor_audit": 1}
    assert of_jobs(lines, "worker_failures") == {"check_configurations": 1}


def test_decisions_are_anchored(dynamodb: Any, s3: Any, tenant: str, key: str) -> None:  # noqa: ANN401 - boto3 has no types
    """What functions wrote down is signed by the stack's key and lies where nothing is changed."""
    log = DynamoDbAuditLog(Table(dynamodb, AUDIT.name), tenant=tenant, clock=now)
    audit = Audit(log, tenant=tenant, now=now, new_id=new_id)
    audit.record(Decision(action="ask", resource="agent/sql", allowed=False, rule="default deny"))
    worker.handler({}, Invocation())
    anchors = S3AnchorStore(s3, bucket="audit", tenant=tenant)
    (head,) = json.loads(anchors.read(1))["heads"].values()
    (record,) = log.read(after="", limit=10)
    assert head == [1, json.loads(record.text)["hash"]]
    assert json.loads(anchors.read(1))["key_id"] == key


def test_no_job_starts_when_the_time_is_nearly_up(store: DynamoDbConfigStore) -> None:
    """Lambda would end it in the middle, and nobody would learn why."""
    with pytest.raises(QuartermasterError, match="jobs failed"):
        worker.handler({}, Invocation(left_ms=1_000))
