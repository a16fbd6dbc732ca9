"""Mistakes seeded into our own program, one at a time: each is named by the rule that is there for it."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest
from google.protobuf import struct_pb2

from delivery.analysis import Servicer
from delivery.findings import Finding, NotEvaluated
from delivery.plan import FOLDER, parameters, plan
from delivery.recorder import record
from delivery.stack_files import read_stack
from policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from delivery.recorder import Recording, Registration

Edit: TypeAlias = "dict[str, Any]"
Json: TypeAlias = Any  # of a property or a document: whatever an edit says
CORPUS: Final = Path(__file__).parent / "corpus"
TODAY: Final = date(2026, 1, 1)
EDITS: Final = tomllib.loads((CORPUS / "prod.toml").read_text())["edit"]
SOURCES: Final = tomllib.loads((CORPUS / "sources.toml").read_text())["edit"]
BY_ID: Final = {one.id: one for one in RULES}
LEAST: Final = 95  # in a hundred


@dataclass(frozen=True)
class Stack:
    """A recorded stack and how its rules are configured."""

    recording: Recording
    parameters: Json


@pytest.fixture(scope="module")
def prod() -> Stack:
    stack = read_stack(FOLDER, "prod")
    return Stack(record(FOLDER, stack), parameters(stack))


def spoilt(recording: Recording, edit: Edit) -> tuple[Recording, str]:
    """The recording with one edit, and the name of what was edited."""
    ones = recording.registrations
    if "new" in edit:
        like = next(one for one in ones if one.type.startswith("aws:"))
        added = replace(
            like,
            urn=f"{ones[0].urn.split('::')[0]}::quartermaster::{edit['new']}::{edit['of']}",
            type=edit["new"],
            name=edit["of"],
            inputs=struct(edit["value"]),
            property_dependencies={},
        )
        return replace(recording, registrations=(*ones, added)), added.urn
    at = [place for place, one in enumerate(ones) if one.name == edit["of"] and one.custom]
    assert at, f"there is no {edit['of']}"
    target = ones[at[0]]
    if edit.get("gone"):
        return replace(recording, registrations=(*ones[: at[0]], *ones[at[0] + 1 :])), target.urn
    changed = edited(target, edit)
    assert changed != target
    return replace(recording, registrations=(*ones[: at[0]], changed, *ones[at[0] + 1 :])), target.urn


def edited(one: Registration, edit: Edit) -> Registration:
    if "option" in edit:
        option: Edit = {edit["option"]: tuple(edit["value"]) if isinstance(edit["value"], list) else edit["value"]}
        return replace(one, **option)
    values = put(copy.deepcopy(dict(one.values)), edit["path"], edit)
    known = {name: urns for name, urns in one.property_dependencies.items() if name in values}
    top = edit["path"].split(".")[0]
    if edit["path"] == top:
        known.pop(top, None)
    return replace(one, inputs=struct(values), property_dependencies=known)


def put(node: Json, path: str, edit: Edit) -> Json:
    """Sets the value at the path, or takes out what is there."""
    step, mark, rest = split(path)
    if mark == "!":
        text = json.loads(node[step])
        node[step] = json.dumps(put(text, rest, edit))
        return node
    place = find(node, step)
    if mark == ".":
        node[place] = put(node[place], rest, edit)
    elif step == "+":
        node.append(edit["value"])
    elif "value" in edit:
        node[place] = edit["value"]
    else:
        del node[place]
    return node


def split(path: str) -> tuple[str, str, str]:
    at = next((number for number, letter in enumerate(path) if letter in ".!"), len(path))
    return path[:at], path[at : at + 1], path[at + 1 :]


def find(node: Json, step: str) -> Json:
    if not isinstance(node, list) or step == "+":
        return step
    if step.isdecimal():
        return int(step)
    return next(place for place, one in enumerate(node) if step in {one.get("Sid"), one.get("name"), one.get("id")})


def struct(values: Edit) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def found_by(rule: str, recording: Recording, given: Json, urn: str = "") -> set[tuple[str, str, str]]:
    """What one rule finds: about one resource where it is about single ones, otherwise in the whole stack."""
    servicer = Servicer({key: value for key, value in given.items() if key == rule}, (BY_ID[rule],))
    return {
        (one.urn, one.what, one.message) for one in asked(rule, servicer, recording, urn) if isinstance(one, Finding)
    }


def asked(rule: str, servicer: Servicer, recording: Recording, urn: str) -> Iterator[Finding | NotEvaluated]:
    if not BY_ID[rule].applies_to:
        yield from servicer.judge_stack(recording.registrations)
        yield from servicer.judge_program(recording)
        return
    by_urn = {one.urn: one for one in recording.registrations}
    for one in recording.registrations:
        if one.urn == urn:
            yield from servicer.judge(one, by_urn.get(one.provider))


def caught(stack: Stack, edit: Edit) -> bool:
    """Whether the rule says something after the edit that it did not say before."""
    rule = edit["rule"]
    changed, urn = spoilt(stack.recording, edit)
    return bool(found_by(rule, changed, stack.parameters, urn) - found_by(rule, stack.recording, stack.parameters, urn))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The rules that find something in a copy of the project in which every edit of the source was made."""
    copied = tmp_path_factory.mktemp("ours")
    for package in ("agents", "components", "delivery", "policies"):
        shutil.copytree(FOLDER / package, copied / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (FOLDER / "__main__.py", *FOLDER.glob("Pulumi*.yaml")):
        shutil.copy(file, copied)
    for edit in SOURCES:
        text = (copied / edit["file"]).read_text()
        assert text.count(edit["old"]) == 1, f"{edit['old']!r} stands not once in {edit['file']}"
        (copied / edit["file"]).write_text(text.replace(edit["old"], edit["new"]))
    command = [sys.executable, "-m", "agents.entry.cli", "plan", "--stack", "prod", "-o", "json"]
    done = subprocess.run(command, cwd=copied, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1, done.stderr
    return {one["rule"] for one in json.loads(done.stdout)["findings"]}


@pytest.fixture(scope="module")
def results(prod: Stack, sources: set[str]) -> dict[str, bool]:
    """Of every mistake whether it was caught."""
    found = {f"{edit['rule']} {edit['of']}": caught(prod, edit) for edit in EDITS}
    return found | {f"{edit['rule']} {edit['file']}": edit["rule"] in sources for edit in SOURCES}


def test_each_mistake_is_seeded_once() -> None:
    """A hundred or more, each with a rule that exists, and none twice."""
    keys = [f"{edit['rule']} {edit.get('of', edit.get('file'))}" for edit in (*EDITS, *SOURCES)]
    assert len(keys) == len(set(keys)) >= 100
    assert {edit["rule"] for edit in (*EDITS, *SOURCES)} <= set(BY_ID)


@pytest.mark.timeout(120)
def test_seeded_mistakes_are_named_by_their_rules(
    results: dict[str, bool], record_property: Callable[[str, object], None]
) -> None:
    """At least 95 in 100, by the very rule that is there for the mistake."""
    number = sum(results.values())
    missed = [name for name, one in results.items() if not one]
    record_property("figures", f"mutation corpus: {number} / {len(results)} caught {missed or ''}".rstrip())
    assert number * 100 >= len(results) * LEAST, missed


@pytest.mark.parametrize("name", ["dev", "staging", "prod", "local"])
def test_our_own_stacks_raise_no_false_alarm(name: str) -> None:
    """Nothing is wrong with the program before it is spoilt."""
    assert [one for one in plan(name, today=TODAY).findings if one.blocks] == []
