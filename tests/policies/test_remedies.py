"""A rule that can mend what it finds does so only when the engine is asked to, and changes nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.rules import RULES
from policies.rules._exemptions import Ledger
from policies.rules._policy import as_policy
from policies.rules._rule import Enforcement, Of, Scope

if TYPE_CHECKING:
    from policies.rules._rule import Rule

MENDING: Final = [one for one in RULES if one.remedy]
BAD: Final = [pytest.param(rule, one, id=f"{rule.id}-{n}") for rule in MENDING for n, one in enumerate(rule.bad)]
OK: Final = [pytest.param(rule, one, id=f"{rule.id}-{n}") for rule in MENDING for n, one in enumerate(rule.ok)]
SECRET: Final = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}


def servicer(rule: Rule, example: Of, level: int, *more: Rule) -> _PolicyAnalyzerServicer:
    """The pack of one rule, or of some, as the engine configures it."""
    ledger = Ledger(exemptions=(), today=date(2026, 1, 1))
    policies = [as_policy(one, ledger, suppress=True) for one in (rule, *more)]
    made = _PolicyAnalyzerServicer("quartermaster", "0.0.1", policies, EnforcementLevel.MANDATORY)
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for one in (rule, *more):
        settings = {name: parameter.schema["default"] for name, parameter in one.parameters.items()}
        settings |= dict(example.config) if one is rule else {}
        request.policyConfig[one.id].enforcementLevel = level
        request.policyConfig[one.id].properties.update(json.loads(json.dumps(settings)))
    made.Configure(request, None)
    return made


def request(example: Of, properties: dict[str, Any]) -> analyzer_pb2.AnalyzeRequest:
    inputs, provider = struct_pb2.Struct(), struct_pb2.Struct()
    inputs.update(properties)
    provider.update(json.loads(json.dumps(example.provider)))
    asked = analyzer_pb2.AnalyzeRequest(
        type=example.type, properties=inputs, urn=f"urn:pulumi:dev::qm::{example.type}::one", name="one"
    )
    if example.provider:
        asked.provider.CopyFrom(analyzer_pb2.AnalyzerProviderResource(type="pulumi:providers:aws", properties=provider))
    return asked


def mended(
    rule: Rule, example: Of, properties: dict[str, Any], level: int = analyzer_pb2.REMEDIATE
) -> list[dict[str, Any]]:
    """The properties that the engine would go on with, none when nothing is mended."""
    answer = servicer(rule, example, level).Remediate(request(example, properties), None)
    assert [one.diagnostic for one in answer.remediations if one.diagnostic] == []
    return [json_format.MessageToDict(one.properties) for one in answer.remediations]


def plain(example: Of) -> dict[str, Any]:
    properties: dict[str, Any] = json.loads(json.dumps(example.properties))
    return properties


def test_what_can_be_mended_is_what_the_engine_asks_about() -> None:
    """Tags, log retention, TLS version and the public access block, all of them rules about single resources."""
    assert {one.id for one in MENDING} >= {"required-tags", "logs-retention-set", "s3-public-access-blocked"}
    assert all(one.scope is Scope.ENGINE and one.applies_to for one in MENDING)


def test_mending_is_never_the_default() -> None:
    """Somebody has to ask for it."""
    assert {one.enforcement for one in MENDING} <= {Enforcement.ADVISORY, Enforcement.MANDATORY}


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_bad_resource_goes_on_mended(rule: Rule, example: Of) -> None:
    """With every property that it had and the rule did not change; then the rule has nothing more to say."""
    before = {**plain(example), "untouched": "two"}
    (after,) = mended(rule, example, before)
    assert after != before
    assert after["untouched"] == before["untouched"]
    assert mended(rule, example, after) == []
    answer = servicer(rule, example, analyzer_pb2.MANDATORY).Analyze(request(example, after), None)
    assert list(answer.diagnostics) == []


@pytest.mark.parametrize(("rule", "example"), OK)
def test_a_good_resource_is_left_alone(rule: Rule, example: Of) -> None:
    """Properties that come back unchanged would be shown as mended."""
    assert mended(rule, example, plain(example)) == []


@pytest.mark.parametrize(("rule", "example"), BAD)
@pytest.mark.parametrize("level", [analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY])
def test_nothing_is_mended_that_nobody_asked_for(rule: Rule, example: Of, level: int) -> None:
    """The levels of the profiles only say what is wrong."""
    assert mended(rule, example, plain(example), level) == []


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_secrets_and_unknowns_survive_mending(rule: Rule, example: Of) -> None:
    """A secret beside what is mended stays one, and an unknown stays unknown."""
    before = {**plain(example), "password": SECRET, "later": UNKNOWN_STRING_VALUE}
    answer = servicer(rule, example, analyzer_pb2.REMEDIATE).Remediate(request(example, before), None)
    for one in answer.remediations:
        after = json_format.MessageToDict(one.properties)
        if one.diagnostic:  # it says that it cannot in a preview, which changes nothing
            assert after == {}
        else:
            assert after["password"] == SECRET
            assert after["later"] == UNKNOWN_STRING_VALUE


@pytest.mark.parametrize("nested", [{"deep": [1.0, "two"]}, [1.0, {"deep": "two"}]], ids=["map", "list"])
def test_lists_and_maps_survive_mending(nested: object) -> None:
    """A resource whose other properties are more than texts is mended like any other."""
    rule = next(one for one in MENDING if one.id == "logs-retention-set")
    example = rule.bad[0]
    assert isinstance(example, Of)
    (after,) = mended(rule, example, {**plain(example), "nested": nested})
    assert after["nested"] == nested


def test_two_rules_mend_one_resource() -> None:
    """The second goes on with what the first returned."""
    first, second = (next(one for one in MENDING if one.id == name) for name in ("required-tags", "logs-retention-set"))
    bare = first.bad[0]
    assert isinstance(bare, Of)
    example = replace(bare, type="aws:cloudwatch/logGroup:LogGroup")
    made = servicer(first, example, analyzer_pb2.REMEDIATE, second)
    answer = made.Remediate(request(example, plain(example)), None)
    assert [one.policyName for one in answer.remediations] == [first.id, second.id]
    assert [one.diagnostic for one in answer.remediations] == ["", ""]
    assert set(json_format.MessageToDict(answer.remediations[-1].properties)) == {"tags", "retentionInDays"}
