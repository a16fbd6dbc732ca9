"""What is wrong with a program though every preview of it is green."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from delivery.defects import Defect, defects
from delivery.recorder import record
from delivery.stack_files import Stack

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM: Final = """
import json
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="us-east-1")


class Data(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("quartermaster:data:Data", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(f"{name}-topic", name="qm-news", opts=child)
        arn = self.topic.arn.apply(lambda arn: json.dumps({"arn": arn.split(":")[5]}))
        aws.ssm.Parameter(f"{name}-arn", name="/arn", type="String", value=arn, opts=child)
        # here
        self.register_outputs({})


data = Data("data", pulumi.ResourceOptions(providers=[provider]))
"""
STACK: Final = Stack(name="dev", project="quartermaster", config={}, secret_keys=())
INSIDE: Final = 'lambda x: aws.sns.Topic("inside", opts=child)'


def found(folder: Path, program: str, *, twice: bool = True) -> tuple[Defect, ...]:
    (folder / "__main__.py").write_text(program)
    return defects(record(folder, STACK, twice=twice))


def only(folder: Path, old: str, new: str) -> Defect:
    """The one defect of the program with one edit; its line is the edit's own."""
    assert old in PROGRAM
    program = PROGRAM.replace(old, new)
    (defect,) = found(folder, program)
    line = 1 + program[: program.index(new.strip())].count("\n")
    assert defect.location == f"__main__.py:{line}"
    return defect


def test_a_sound_program_has_none(tmp_path: Path) -> None:
    """Callbacks that only reshape an output are what apply is for."""
    assert found(tmp_path, PROGRAM) == ()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ('aws.sns.Topic("t", nme="x", opts=child)', "is no property"),
        ('aws.sns.Topic("t", signature_version="two", opts=child)', "signatureVersion is text, a whole number is due"),
        ('aws.s3.BucketVersioning("v", bucket="b", versioning_configuration={}, opts=child)', "status is missing"),
        ('aws.sns.Topic("t", opts=pulumi.ResourceOptions(parent=self, provider=None))', ""),
        (
            f'aws.iam.Role("{"r" * 60}", assume_role_policy="{{}}", opts=child)',
            "68 characters and 64 are",
        ),
        (f"self.topic.arn.apply({INSIDE})", "registered only once outputs are known"),
        ("self.topic.arn.apply(lambda arn: Data(arn, child) if False else None)", ""),
    ],
)
def test_each_mistake_is_one_sentence_with_its_line(tmp_path: Path, edit: str, said: str) -> None:
    """One line more in a sound program, one defect; what only looks like one is none."""
    if not said:
        assert found(tmp_path, PROGRAM.replace("# here", edit)) == ()
    elif "nme=" in edit:  # the SDK itself refuses it at the top
        with pytest.raises(TypeError):
            found(tmp_path, PROGRAM.replace("# here", edit))
    else:
        assert said in only(tmp_path, "# here", edit).message


def test_a_component_made_in_a_callback_is_named_without_its_children(tmp_path: Path) -> None:
    """What made the component made its children too."""
    made = 'data.topic.arn.apply(lambda x: Data("more", pulumi.ResourceOptions(provider=provider)))\n'
    assert [one.urn.rpartition("::")[2] for one in found(tmp_path, PROGRAM + made)] == ["more"]


def test_one_run_cannot_see_what_waits_for_an_output(tmp_path: Path) -> None:
    """The reason for the second run."""
    program = PROGRAM.replace("# here", f"self.topic.arn.apply({INSIDE})")
    assert found(tmp_path, program, twice=False) == ()


def test_a_callback_that_fails_over_made_up_outputs_is_no_defect(tmp_path: Path) -> None:
    """It cannot be judged, and the recording says so."""
    (tmp_path / "__main__.py").write_text(PROGRAM.replace("# here", "self.topic.arn.apply(lambda arn: int(arn))"))
    recording = record(tmp_path, STACK, twice=True)
    assert defects(recording) == ()
    assert recording.assumed == ("callbacks that a made-up output ended with ValueError make no resources",)


def test_the_second_run_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program that prints does so once."""
    found(tmp_path, PROGRAM + 'print("hello")\n')
    assert capsys.readouterr().out == "hello\n"


def test_a_defect_reads_as_a_sentence() -> None:
    """Place, resource, what is wrong."""
    defect = Defect(urn="urn:pulumi:dev::q::aws:sns/topic:Topic::t", location="components/data.py:5", message="is bad")
    assert str(defect) == "components/data.py:5: t: is bad"
