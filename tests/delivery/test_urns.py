"""A resource that is renamed without an alias would be deleted and made anew: the list of URNs shows it first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from delivery.recorder import Recording, record
from delivery.stack_files import Stack
from delivery.urns import FOLDER, listed, lost, main, new

if TYPE_CHECKING:
    from pathlib import Path

START: Final = "urn:pulumi:dev::quartermaster::"
PROGRAM: Final = """
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="us-east-1")


class Data(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("quartermaster:data:Data", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(f"{name}-topic", name="qm", opts=child)
        self.register_outputs({})


data = Data("data", pulumi.ResourceOptions(providers=[provider]))
"""
TOPIC: Final = f"{START}quartermaster:data:Data$aws:sns/topic:Topic::data-topic"
DATA: Final = f"{START}quartermaster:data:Data::data"
STACK: Final = Stack(name="dev", project="quartermaster", config={}, secret_keys=())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def golden(folder: Path) -> tuple[str, ...]:
    return new((), record(folder, STACK))


def changed(folder: Path, *edits: tuple[str, str]) -> Recording:
    text = PROGRAM
    for old, put in edits:
        assert old in text
        text = text.replace(old, put)
    (folder / "__main__.py").write_text(text)
    return record(folder, STACK)


def test_the_same_program_loses_nothing(folder: Path, golden: tuple[str, ...]) -> None:
    """The list holds every URN, the provider's too, and a second recording continues all of them."""
    assert set(golden) == {
        f"{START}pulumi:providers:aws::aws",
        f"{START}pulumi:pulumi:Stack::quartermaster-dev",
        DATA,
        TOPIC,
    }
    assert lost(golden, record(folder, STACK)) == ()


def test_a_rename_without_an_alias_is_lost(folder: Path, golden: tuple[str, ...]) -> None:
    """The former URN is named, the new one is only new."""
    recording = changed(folder, ("{name}-topic", "{name}-news"))
    assert lost(golden, recording) == (TOPIC,)
    assert new(golden, recording) == (TOPIC.replace("-topic", "-news"),)


@pytest.mark.parametrize(
    "alias",
    [
        'pulumi.Alias(name="data-topic")',
        f'"{TOPIC}"',
        'pulumi.Alias(name="never"), pulumi.Alias(name="data-topic")',
    ],
)
def test_a_rename_with_an_alias_is_continued(folder: Path, golden: tuple[str, ...], alias: str) -> None:
    """By name alone, by the whole URN, or as one of several."""
    edits = (("{name}-topic", "{name}-news"), ("parent=self)", f"parent=self, aliases=[{alias}])"))
    assert lost(golden, changed(folder, *edits)) == ()


def test_another_alias_does_not_help(folder: Path, golden: tuple[str, ...]) -> None:
    """An alias covers what it names and nothing else."""
    edits = (("{name}-topic", "{name}-news"), ("parent=self)", 'parent=self, aliases=[pulumi.Alias(name="topic")])'))
    assert lost(golden, changed(folder, *edits)) == (TOPIC,)


def test_an_alias_of_a_component_covers_its_children(folder: Path, golden: tuple[str, ...]) -> None:
    """As in the engine: the children's names begin with the component's, so they had its former name."""
    rename = ('Data("data", pulumi.ResourceOptions(', 'Data("store", pulumi.ResourceOptions(')
    assert lost(golden, changed(folder, rename)) == (TOPIC, DATA)
    aliased = (rename[0], f'{rename[1]}aliases=[pulumi.Alias(name="data")], ')
    assert lost(golden, changed(folder, aliased)) == ()


def test_a_component_of_another_type_covers_its_children(folder: Path, golden: tuple[str, ...]) -> None:
    """The type of the parent is part of the children's URNs."""
    retyped = ('super().__init__("quartermaster:data:Data"', 'super().__init__("quartermaster:data:Store"')
    assert lost(golden, changed(folder, retyped)) == (TOPIC, DATA)
    alias = 'aliases=[pulumi.Alias(type_="quartermaster:data:Data")], '
    aliased = ('Data("data", pulumi.ResourceOptions(', f'Data("data", pulumi.ResourceOptions({alias}')
    assert lost(golden, changed(folder, retyped, aliased)) == ()


@pytest.mark.parametrize(
    ("alias", "gone"),
    [("", (TOPIC,)), ("pulumi.Alias(parent=data)", ()), (f'pulumi.Alias(parent="{DATA}")', ())],
)
def test_a_resource_that_left_its_component(
    folder: Path, golden: tuple[str, ...], alias: str, gone: tuple[str, ...]
) -> None:
    """It is the same resource only if an alias names its former parent, as a resource or by URN."""
    outside = f'aws.sns.Topic("data-topic", opts=pulumi.ResourceOptions(provider=provider, aliases=[{alias}]))\n'
    line = '        self.topic = aws.sns.Topic(f"{name}-topic", name="qm", opts=child)\n'
    end = ("providers=[provider]))\n", f"providers=[provider]))\n{outside}")
    assert lost(golden, changed(folder, (line, ""), end)) == gone


def test_a_resource_that_entered_a_component(folder: Path) -> None:
    """An alias without a parent stands for the top of the stack."""
    former = f"{START}aws:sns/topic:Topic::data-topic"
    assert lost((former,), record(folder, STACK)) == (former,)
    alias = "parent=self, aliases=[pulumi.Alias(parent=None)])"
    assert lost((former,), changed(folder, ("parent=self)", alias))) == ()


FAMILY: Final = """
import pulumi
from pulumi import Alias, ComponentResource, ResourceOptions


class Top(ComponentResource):
    def __init__(self, name, opts=None, kid=None, aliases=()):
        super().__init__("q:d:Top", name, {{}}, opts)
        kid = ComponentResource("q:d:Kid", kid or f"{{name}}-kid", {{}}, ResourceOptions(parent=self, aliases=aliases))
        ComponentResource("q:d:Deep", f"{{name}}-kid-deep", {{}}, ResourceOptions(parent=kid))


{0}
"""


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        ('Top("new", ResourceOptions(aliases=[Alias(name="never"), Alias(name="old")]))', []),
        ('Top("old", kid="son", aliases=[Alias(name="old-kid")])', []),
        ('Top("new", ResourceOptions(aliases=[Alias(name="old")]), "new-kid", [Alias(name="new-son")])', []),
        ('Top("new", ResourceOptions(aliases=[Alias(name="old")]), "son", [Alias(name="old-kid")])', ["old-kid-deep"]),
    ],
)
def test_generations_are_resolved_as_the_engine_does(tmp_path: Path, now: str, gone: list[str]) -> None:
    """Each case was put to the engine's preview too: a name follows only a parent whose own name it begins with."""
    (tmp_path / "__main__.py").write_text(FAMILY.format('Top("old")'))
    golden = new((), record(tmp_path, STACK))
    (tmp_path / "__main__.py").write_text(FAMILY.format(now))
    assert [urn.rpartition("::")[2] for urn in lost(golden, record(tmp_path, STACK))] == gone


def test_one_resource_continues_one(folder: Path, golden: tuple[str, ...]) -> None:
    """What is found under its own URN does not continue what its alias names as well."""
    other = TOPIC.replace("-topic", "-other")
    recording = changed(folder, ("parent=self)", 'parent=self, aliases=[pulumi.Alias(name="data-other")])'))
    assert lost((*golden, other), recording) == (other,)


def test_the_check_fails_for_what_would_be_lost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written once, it passes; a new resource only asks for renewal; a lost one fails and says what to do."""
    with pytest.raises(SystemExit, match=rf"{FOLDER}/dev.txt: there is no list: run `python -m delivery.urns`"):
        main(folder, ["--check"])
    main(folder, [])
    assert TOPIC in listed(folder, "dev")
    main(folder, ["--check"])
    assert capsys.readouterr().err == ""
    changed(folder, ("register_outputs({})\n", 'register_outputs({})\n        aws.sns.Topic("more", opts=child)\n'))
    main(folder, ["--check"])
    assert "dev.txt: 1 URNs are not in the list yet" in capsys.readouterr().err
    changed(folder, ("{name}-topic", "{name}-news"))
    with pytest.raises(SystemExit, match=r"data-topic is no longer registered.*alias"):
        main(folder, ["--check"])
