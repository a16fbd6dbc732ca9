"""The rules about how a program is built, on programs that were really run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from delivery.analysis import Servicer
from delivery.findings import Finding
from delivery.recorder import record
from delivery.stack_files import Stack
from policies.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path

SHAPE: Final = tuple(one for one in RULES if one.service == "shape")
PROGRAM: Final = """
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="us-east-1")


class Data(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("quartermaster:data:Data", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(f"{name}-topic", name="qm-news", opts=child)
        # here
        self.register_outputs({})


data = Data("data", pulumi.ResourceOptions(providers=[provider]))
"""
STACK: Final = Stack(name="dev", project="quartermaster", config={}, secret_keys=())


def found(folder: Path, program: str) -> list[tuple[str, str]]:
    """Rule and resource of each finding."""
    (folder / "__main__.py").write_text(program)
    results = Servicer({}, SHAPE).judge_program(record(folder, STACK, twice=True))
    return [(one.rule, one.urn.rpartition("::")[2]) for one in results if isinstance(one, Finding)]


def test_a_sound_program_has_no_findings(tmp_path: Path) -> None:
    """Parents, provider and outputs are as they should be."""
    assert found(tmp_path, PROGRAM) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "names"),
    [
        ("self.register_outputs({})", "pass", "shape-outputs-registered", ["data"]),
        (
            "# here",
            'aws.sns.Topic("t", opts=pulumi.ResourceOptions(provider=provider))',
            "shape-children-parented",
            ["t"],
        ),
        (", pulumi.ResourceOptions(providers=[provider])", "", "shape-explicit-provider", ["data-topic"]),
        (
            "# here",
            'self.topic.name.apply(lambda x: aws.sns.Topic("inside", opts=child))',
            "shape-not-in-apply",
            ["inside"],
        ),
    ],
)
def test_one_edit_is_one_finding(tmp_path: Path, old: str, new: str, rule: str, names: list[str]) -> None:
    """The rule that is about it, and the resource that it is about."""
    assert old in PROGRAM
    assert found(tmp_path, PROGRAM.replace(old, new)) == [(rule, name) for name in names]


def test_two_resources_with_one_urn_are_found(tmp_path: Path) -> None:
    """Components tell children apart by the types above them, not by the components' names."""
    program = PROGRAM.replace("# here", 'aws.sns.Topic("shared", opts=child)')
    more = 'Data("more", pulumi.ResourceOptions(providers=[provider]))\n'
    assert ("shape-unique-urns", "shared") in found(tmp_path, program + more)
