"""What holds for every rule, those to come included."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.protobuf import struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from delivery import policy_data, policy_docs
from delivery.analysis import Servicer
from delivery.findings import Finding, NotEvaluated
from delivery.recorder import Recording, Registration
from delivery.stack_files import Stack
from policies.rules import RULES
from policies.rules._exemptions import Ledger
from policies.rules._graph import Drawn
from policies.rules._policy import AS_FINDING, DEFECT
from policies.rules._resource import Resource
from policies.rules._rule import UNKNOWN, Of, Rule
from policies.rules._stack import Together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACK = Path(policy_docs.__file__).parents[1] / "policies"
OK = [pytest.param(rule, one, id=f"{rule.id}-{n}") for rule in RULES for n, one in enumerate(rule.ok)]
BAD = [pytest.param(rule, one, id=f"{rule.id}-{n}") for rule in RULES for n, one in enumerate(rule.bad)]
EVERY = [pytest.param(rule, id=rule.id) for rule in RULES]


def urn(kind: str, name: str, stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::quartermaster::{kind}::{name}"


def registration(
    kind: str,
    properties: object,
    name: str = "one",
    sources: Mapping[str, tuple[str, ...]] | None = None,
    *,
    stack: str = "dev",
) -> Registration:
    inputs = struct_pb2.Struct()
    inputs.update(json.loads(json.dumps(properties)))
    return Registration(
        urn=urn(kind, name, stack),
        type=kind,
        name=name,
        custom=True,
        parent="",
        provider="",
        inputs=inputs,
        dependencies=(),
        property_dependencies=sources or {},
        protect=False,
        retain=False,
        ignore_changes=(),
        aliases=(),
        location="__main__.py:1",
    )


def judge(
    rule: Rule, example: Of | Together | Drawn, change: Callable[[object], object] = lambda properties: properties
) -> list[Finding | NotEvaluated]:
    """What the real servicer, configured as the engine would, says of the example."""
    given = {rule.id: dict(example.config)} if example.config else {}
    if isinstance(example, Drawn):
        return judge_drawn(rule, example, change)
    if isinstance(example, Together):
        ledger = Ledger(exemptions=example.exemptions, today=date(2020, 1, 2))
        if example.used:
            ledger.used.update(example.exemptions)
        servicer = Servicer(given, (rule,), ledger)
        kinds = {node.name: node.type for node in example.nodes}
        nodes = [
            registration(
                node.type,
                change(node.properties),
                node.name,
                {name: (urn(kinds[source], source),) for name, source in node.sources.items()},
            )
            for node in example.nodes
        ]
        together = [registration("pulumi:pulumi:Stack", {}, "stack"), *nodes]
        return [*servicer.judge_stack(together), *servicer.judge_exemptions(together)]
    servicer = Servicer(given, (rule,))
    provider = registration("pulumi:providers:aws", example.provider) if example.provider else None
    return list(servicer.judge(registration(example.type, change(example.properties)), provider))


def resource_of(rule: Rule, example: Of) -> Resource:
    defaults = {name: parameter.default for name, parameter in rule.parameters.items()}
    kind = example.type
    return Resource(
        type=kind,
        name="one",
        urn=urn(kind, "one"),
        properties=example.properties,
        config=defaults | dict(example.config),
        provider=example.provider,
    )


def judge_drawn(rule: Rule, example: Drawn, change: Callable[[object], object]) -> list[Finding | NotEvaluated]:
    """The same for an example of a program, with a stack above what has no parent."""
    kinds = {one.name: one.type for one in example.sketches}
    root = registration("pulumi:pulumi:Stack", {}, "stack", stack=example.stack)
    made = [
        replace(
            registration(
                one.type,
                change(one.properties),
                one.name,
                {name: (urn(kinds[source], source, example.stack),) for name, source in one.sources.items()},
                stack=example.stack,
            ),
            custom=one.custom,
            parent=urn(kinds[one.parent], one.parent, example.stack) if one.parent else root.urn,
            provider="urn:pulumi:dev::quartermaster::pulumi:providers:aws::aws" if one.provider else "",
            protect=one.protect,
            retain=one.retain,
            in_callback=one.in_callback,
            ignore_changes=one.ignored,
        )
        for one in example.sketches
    ]
    recording = Recording(
        stack=Stack(name=example.stack, project="quartermaster", config={}, secret_keys=()),
        registrations=(root, *made),
        completed=frozenset(
            own.urn for own, one in zip(made, example.sketches, strict=True) if one.completed and not one.custom
        ),
        assumed=(),
    )
    given = {rule.id: dict(example.config)} if example.config else {}
    return list(Servicer(given, (rule,)).judge_program(recording))


def unknown(value: object) -> object:
    """The same shape with every value unknown; what a provider notes for itself stays."""
    if isinstance(value, dict):
        return {key: one if key == "__defaults" else unknown(one) for key, one in value.items()}
    return [unknown(one) for one in value] if isinstance(value, list) else UNKNOWN_STRING_VALUE


@pytest.mark.parametrize(("rule", "example"), OK)
def test_a_good_example_passes(rule: Rule, example: Of | Together | Drawn) -> None:
    """A rule says nothing of what it calls good."""
    assert judge(rule, example) == []


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_bad_example_is_found(rule: Rule, example: Of | Together | Drawn) -> None:
    """Each bad example is a finding with a message, the rule's severity and the way to mend it."""
    found = judge(rule, example)
    assert found
    for one in found:
        assert isinstance(one, Finding)
        assert one.message
        assert not one.message.startswith(DEFECT)
        assert (one.rule, one.severity, one.fix) == (rule.id, rule.severity.value, rule.fix)
        assert (one.enforcement, one.url) == (rule.enforcement.value, rule.url)


@pytest.mark.parametrize(("rule", "example"), OK)
def test_an_unknown_value_is_no_false_alarm(rule: Rule, example: Of | Together | Drawn) -> None:
    """A good resource whose values a preview cannot know is never reported."""
    assert not [one for one in judge(rule, example, unknown) if isinstance(one, Finding)]


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_an_unknown_value_is_never_taken_for_good(rule: Rule, example: Of | Together | Drawn) -> None:
    """A bad resource whose values are unknown is a finding or "not evaluated", never silence."""
    found = judge(rule, example, unknown)
    assert found
    assert not [one for one in found if isinstance(one, Finding) and one.message.startswith(DEFECT)]


@pytest.mark.parametrize("rule", EVERY)
def test_a_rule_tells_its_reader_everything(rule: Rule) -> None:
    """Why, how to mend it, and examples of both kinds, of types that the rule applies to."""
    assert rule.why
    assert rule.fix.endswith(".")
    assert rule.ok
    assert rule.bad
    kinds = {one.type for one in (*rule.ok, *rule.bad) if isinstance(one, Of)}
    assert kinds <= rule.applies_to


@pytest.mark.parametrize("rule", [one for one in RULES if one.parameters])
def test_a_parameter_is_tried_by_an_example(rule: Rule) -> None:
    """Every parameter of every rule is set in one of its examples."""
    tried = {name for one in (*rule.ok, *rule.bad) for name in one.config}
    assert set(rule.parameters) - {UNKNOWN} <= tried


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_stack_can_take_an_unknown_value_for_a_finding(rule: Rule, example: Of | Together | Drawn) -> None:
    """What a preview cannot judge then blocks like anything else that is wrong."""
    found = judge(rule, replace(example, config={**example.config, UNKNOWN: AS_FINDING}), unknown)
    assert found
    assert all(isinstance(one, Finding) and one.enforcement == rule.enforcement.value for one in found)


@pytest.mark.parametrize(("rule", "example"), [one for one in BAD if one.values[0].remedy])
def test_a_remedy_mends_what_the_rule_finds(rule: Rule, example: Of) -> None:
    """Only what changes is returned, and the rule then has nothing to say."""
    changed = rule.remedy(resource_of(rule, example))
    assert changed
    assert all(example.properties.get(key) != value for key, value in changed.items())
    assert judge(rule, replace(example, properties={**example.properties, **changed})) == []


@pytest.mark.parametrize(("rule", "example"), [one for one in OK if one.values[0].remedy])
def test_a_remedy_leaves_what_is_right(rule: Rule, example: Of) -> None:
    """Unchanged properties returned would count as a remediation."""
    assert rule.remedy(resource_of(rule, example)) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9999) | st.text(max_size=8) | st.just(UNKNOWN_STRING_VALUE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("rule", [one for one in RULES if one.applies_to])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_resource_breaks_a_rule(rule: Rule, data: st.DataObject) -> None:
    """Whatever a property holds, a rule answers; a property of the wrong type is for the provider to refuse."""
    examples = [one for one in (*rule.ok, *rule.bad) if isinstance(one, Of)]
    named = {key for one in examples for key in one.properties}
    properties = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(sorted(named), VALUES)))
    kind = data.draw(st.sampled_from(sorted({one.type for one in examples})))
    for one in judge(rule, Of(properties, kind)):
        assert not (isinstance(one, Finding) and one.message.startswith(DEFECT)), one.message


def test_a_rule_that_raises_is_reported_and_hides_no_other() -> None:
    """A defect names its rule, blocks, and leaves the findings of the other rules alone."""
    good = next(one for one in RULES if one.id == "s3-no-public-acl")

    def check(resource: object) -> object:
        raise KeyError("the value of a secret")

    broken = Rule(**{**vars(good), "id": "broken", "check": check})
    results = Servicer({}, (broken, good)).judge(
        registration("aws:s3/bucketAcl:BucketAcl", {"acl": "public-read"}), None
    )
    found = [one for one in results if isinstance(one, Finding)]
    assert [(one.rule, one.enforcement) for one in found] == [("broken", "mandatory"), (good.id, "mandatory")]
    assert found[0].message.startswith(DEFECT)
    assert "secret" not in found[0].message


def test_a_rule_is_registered_by_its_file_alone(tmp_path: Path) -> None:
    """Dropping a file into a service's folder, a new one too, is all that it takes."""
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    text = (pack / "rules" / "s3" / "no_public_acl.py").read_text().replace("s3-no-public-acl", "made-up")
    (pack / "rules" / "new_service").mkdir()
    (pack / "rules" / "new_service" / "made_up.py").write_text(text)
    listing = "from rules import RULES; print(*(one.id for one in RULES))"
    out = subprocess.run([sys.executable, "-c", listing], cwd=pack, check=True, capture_output=True, text=True)
    assert set(out.stdout.split()) == {*(one.id for one in RULES), "made-up"}


def test_two_rules_with_one_id_are_refused(tmp_path: Path) -> None:
    """The second file with an id is named when the pack starts."""
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(pack / "rules" / "s3" / "no_public_acl.py", pack / "rules" / "s3" / "zz_copy.py")
    out = subprocess.run([sys.executable, "-c", "import rules"], cwd=pack, check=False, capture_output=True, text=True)
    assert "two rules have the id s3-no-public-acl; the second is in s3/zz_copy.py" in out.stderr


def test_the_page_of_the_pack_is_up_to_date() -> None:
    """README.md is what `python -m delivery.policy_docs` writes."""
    assert policy_docs.FILE.read_text() == policy_docs.page()


def test_the_list_of_taggable_types_is_up_to_date() -> None:
    """taggable.json is what `python -m delivery.policy_data` reads from the installed SDK."""
    assert policy_data.FILE.read_text() == policy_data.content()
