"""The pack as the engine starts it: a process of its own that serves gRPC."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.rules import RULES
from policies.rules._rule import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

PACK = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)],
        cwd=PACK,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_pack_describes_itself(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """Name, every rule with its level, and the parameters that may be configured."""
    info = pack.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "quartermaster"
    engine = {one.id: one.enforcement for one in RULES if one.scope is Scope.ENGINE}
    levels = {one.name: analyzer_pb2.EnforcementLevel.Name(one.enforcementLevel).lower() for one in info.policies}
    assert levels == {name: level.value for name, level in engine.items()}
    naming = next(one for one in info.policies if one.name == "name-pattern")
    assert set(naming.configSchema.properties) == {"prefix", "environment", "unknown"}


def test_the_pack_finds_over_the_wire(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """A public ACL sent as the engine sends it comes back as a mandatory violation."""
    properties = struct_pb2.Struct()
    properties.update({"acl": "public-read"})
    kind = "aws:s3/bucketAcl:BucketAcl"
    answer = pack.Analyze(analyzer_pb2.AnalyzeRequest(type=kind, properties=properties, urn="urn:pulumi:a::b::c::d"))
    assert [(one.policyName, one.enforcementLevel) for one in answer.diagnostics] == [
        ("s3-no-public-acl", analyzer_pb2.MANDATORY)
    ]


def test_a_level_can_be_configured(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """A rule that a stack turns into advice is reported as advice."""
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    request.policyConfig["logs-retention-set"].enforcementLevel = analyzer_pb2.ADVISORY
    request.policyConfig["logs-retention-set"].properties.update({"least_days": 30})
    pack.Configure(request)
    properties = struct_pb2.Struct()
    properties.update({"name": "qm-api-a", "retentionInDays": 7, "tagsAll": {}})
    kind = "aws:cloudwatch/logGroup:LogGroup"
    answer = pack.Analyze(analyzer_pb2.AnalyzeRequest(type=kind, properties=properties, urn="urn:pulumi:a::b::c::d"))
    level = {one.policyName: one.enforcementLevel for one in answer.diagnostics}
    assert level["logs-retention-set"] == analyzer_pb2.ADVISORY
    pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest())
