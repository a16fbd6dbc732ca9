"""`qm config --stack` and `qm store --stack` on a real stack: the laptop's commands on its tables, by the caller."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.documents import Draft
from agents.configuration.store_copy import export
from agents.supply_chain.sample_people import PEOPLE
from delivery import local_stack
from delivery.post_deploy import aws_client
from delivery.verify import ask_api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agents.json_value import Json
    from tests.emulator.conftest import Deployed

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "configuring-a-stack.md"
KEY, LAYER = "agent/inventory", "env:local"
AT = ("--layer", LAYER)
WANDA = PEOPLE[0]


class Qm(Protocol):
    """`qm GROUP [--stack local] ...`: its exit code, stdout and stderr."""

    def __call__(self, group: str, *words: object, stack: str | None = "local") -> tuple[int, str, str]: ...


@pytest.fixture
def qm(stack: Deployed, tmp_path: Path) -> Qm:
    """The command line as an operator has it, signed in to the stack's account."""
    running, _ = local_stack.running_stack(stack.places)
    given = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "QM_", "PULUMI_"))}
    environment = (
        given
        | running.environment
        | {
            "QM_HOME": str(tmp_path / "home"),
            "EDITOR": "sed -i s/4/5/",
        }
    )

    def command(group: str, *words: object, stack: str | None = "local") -> tuple[int, str, str]:
        where = ("--stack", stack) if stack else ()
        done = subprocess.run(  # our own command line
            [sys.executable, "-m", "agents.entry.cli", group, *where, *map(str, words)],
            env=environment, check=False, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return command


@pytest.fixture
def ask(stack: Deployed, token: Callable[[str], str]) -> Callable[[], str]:
    """Asks the deployed agent, and returns the digest of what answered: an instance on Lambda follows when asked."""
    return lambda: str(ask_api(stack.outputs["api_url"], token(WANDA.subject), WANDA.question)["config_version"])


@pytest.fixture
def emptied(stack: Deployed, qm: Qm, ask: Callable[[], str], tmp_path: Path) -> Iterator[Path]:
    """The stack without its configuration, as after a loss; the export of it, which comes back at the end.

    An instance has said just before what it runs.
    """
    kept = tmp_path / "kept.jsonl"
    ask()
    assert qm("store", "export", kept)[0] == 0
    _empty(stack)
    yield kept
    _empty(stack)
    code, _, err = qm("store", "import", kept)
    assert code == 0, err


def test_an_operator_publishes_waits_and_takes_back(qm: Qm, ask: Callable[[], str], tmp_path: Path) -> None:
    """put -> the agent answers by it -> wait; rollback -> the former answers -> wait. History names the caller."""
    neutral, few = tmp_path / "neutral.json", tmp_path / "few.yaml"
    neutral.write_text("{}")
    few.write_text("parameters: {rows: 2}\n")
    first = _ok(qm("config", "put", KEY, neutral, *_made_from(qm), "-m", "As the base", "-o", "json"))
    before = ask()
    _ok(qm("config", "put", KEY, few, *_made_from(qm), "-m", "Two lines", "-o", "json"))
    assert qm("config", "wait", "--converged", "--timeout", "0s", "--key", KEY)[0] == 1, "nobody was asked yet"
    assert ask() != before
    code, said, err = qm("config", "wait", "--converged", "--timeout", "90s", "--allow-draining")
    assert code == 0, said + err
    third = _ok(qm("config", "rollback", KEY, *_made_from(qm), "--to", "previous", "-o", "json"))
    assert (third["number"], third["digest"]) == (first["number"] + 2, first["digest"])
    assert ask() == before
    code, said, err = qm("config", "wait", "--converged", "--timeout", "90s", "--allow-draining")
    assert code == 0, said + err
    status = _ok(qm("config", "status", "--key", KEY, "-o", "json"))
    assert "applied" in {one["standing"] for one in status["instances"]}
    history = _ok(qm("config", "history", KEY, *AT, "-o", "json"))
    assert {one["author"] for one in history} == {"arn:aws:iam::000000000000:root"}
    said = qm("config", "list")[2]
    assert re.fullmatch(r"Stack local: account 000000000000, us-east-1, at http://127\.0\.0\.1:\d+\n", said)


def test_every_other_command_works_so(qm: Qm, tmp_path: Path) -> None:
    """get, label, diff, explain, list, validate, at, edit, promote; the same nouns and forms as on a laptop."""
    file = tmp_path / "turns.toml"
    file.write_text("[limits]\nturns = 4\n")
    number = _ok(qm("config", "publish", KEY, file, *_made_from(qm), "-m", "Four turns", "-o", "json"))["number"]
    assert _ok(qm("config", "get", KEY, *AT, "-o", "json")) == {"limits": {"turns": 4}}
    assert f"tried names version {number}" in qm("config", "label", KEY, "tried", "head", *AT)[1]
    assert f"{LAYER} version {number}" in qm("config", "explain", KEY, "/limits/turns")[1]
    assert any(one["layer"] == LAYER for one in _ok(qm("config", "list", "-o", "json")))
    assert "They are the same" in qm("config", "diff", KEY, "tried", file, *AT)[1]
    assert qm("config", "validate", KEY, file, *AT)[0] == 0
    assert f"version {number}" in qm("config", "at", KEY, "2100-01-01T00:00:00Z", *AT)[1]
    edited = _ok(qm("config", "edit", KEY, *AT, "-m", "Five turns", "-o", "json"))
    assert (edited["number"], edited["author"]) == (number + 1, "arn:aws:iam::000000000000:root")
    assert _ok(qm("config", "get", KEY, *AT, "-o", "json")) == {"limits": {"turns": 5}}
    carried = tmp_path / "promoted.json"
    assert qm("config", "promote", KEY, *AT, "--out", carried)[0] == 0
    code, _, err = qm("config", "promote", carried, "--to", "staging")
    assert (code, "the stack local serves 'local', not 'staging'" in err) == (2, True)


def test_what_the_stack_could_not_run_is_refused(qm: Qm, tmp_path: Path) -> None:
    """A document is held against the deployed function: an answer that comes after its end is none."""
    slow = tmp_path / "slow.json"
    slow.write_text('{"limits": {"timeout_s": 100}}')
    code, _, err = qm("config", "put", KEY, slow, *_made_from(qm), "-m", "Too slow")
    assert (code, "timeout_s" in err) == (2, True), err


def test_each_change_is_written_down_before_it_is_made(qm: Qm, stack: Deployed, tmp_path: Path) -> None:
    """In the stack's own audit, by the identity that AWS gives the caller; reading writes nothing."""
    before = len(_by_command(stack))
    (tmp_path / "x.json").write_text("{}")
    made_from = _made_from(qm, "agent/sql", "instance:nobody")
    assert qm("config", "put", "agent/sql", tmp_path / "x.json", *made_from, "-m", "Nothing")[0] == 0
    assert qm("config", "list")[0] == 0
    (record,) = _by_command(stack)[before:]
    assert (record["subject"], record["action"], record["resource"], record["allowed"]) == (
        "arn:aws:iam::000000000000:root", "config:write", "agent/sql", True,
    )  # fmt: skip


def test_a_stack_and_a_laptop_hold_the_same(qm: Qm, emptied: Path, ask: Callable[[], str], tmp_path: Path) -> None:
    """DynamoDB -> SQLite -> DynamoDB: every version, digest and label; the agents answer by them again."""
    assert qm("config", "list", "-o", "json")[1].strip() == "[]", "the store was emptied"
    code, _, err = qm("store", "import", emptied, stack=None)
    assert code == 0, err
    back = tmp_path / "back.jsonl"
    assert qm("store", "export", back, stack=None)[0] == 0
    code, said, err = qm("store", "import", back)
    assert code == 0, said + err
    here, there = (_ok(qm("config", "list", "-o", "json", stack=where)) for where in (None, "local"))
    assert here == there
    assert ask().startswith("sha256:")
    code, _, err = qm("store", "import", back)
    assert (code, "not empty" in err) == (1, True), "what is there is never written over"
    assert qm("store", "backup", "x.db")[0] == 2


def test_old_versions_are_pruned_by_a_person(qm: Qm, emptied: Path, tmp_path: Path) -> None:
    """First counted, then forgotten; what is new, labelled (3) or run by an instance (1) stays, however old."""
    assert emptied.is_file()
    old = tmp_path / "old.jsonl"
    old.write_text("\n".join(_old_store(tmp_path / "old.db")) + "\n")
    assert qm("store", "import", old)[0] == 0
    assert qm("config", "label", "agent/sql", "stable", "3", "--layer", "base")[0] == 0
    counted = _ok(qm("store", "prune", "--versions", "5", "-o", "json"))
    assert counted == {"forgotten": False, "layers": [{"key": "agent/sql", "layer": "base", "versions": 13}]}
    assert len(_ok(qm("config", "history", "agent/sql", "-o", "json", "--limit", "100"))) == 20
    code, said, _ = qm("store", "prune", "--versions", "5", "--yes")
    assert (code, "13 old versions are gone" in said) == (0, True)
    kept = [one["number"] for one in _ok(qm("config", "history", "agent/sql", "-o", "json", "--limit", "100"))]
    assert kept == [20, 19, 18, 17, 16, 3, 1]
    assert qm("store", "prune", "--days", "3")[0] == 2, "answers name their configuration for longer"


def test_a_version_that_was_put_back_shows_and_is_mended(qm: Qm, stack: Deployed, tmp_path: Path) -> None:
    """As the guide says of access, whose items are as any other document's: history is above the list until then."""
    running, outputs = local_stack.running_stack(stack.places)
    client, table = aws_client("dynamodb", running), outputs["configuration_table"]
    where = {"pk": {"S": "default#head"}, "sk": {"S": f"{KEY}#{LAYER}"}}
    file = tmp_path / "x.json"
    for rows in (6, 7):
        former = client.get_item(TableName=table, Key=where, ConsistentRead=True).get("Item")
        file.write_text(json.dumps({"parameters": {"rows": rows}}))
        last = _ok(qm("config", "put", KEY, file, *_made_from(qm), "-m", "Rows", "-o", "json"))["number"]
    client.put_item(TableName=table, Item=former)  # no condition: this is not a command of ours
    (listed,) = (one for one in _ok(qm("config", "list", "-o", "json")) if (one["key"], one["layer"]) == (KEY, LAYER))
    (first,) = _ok(qm("config", "history", KEY, *AT, "--limit", "1", "-o", "json"))
    assert (listed["number"], first["number"]) == (last - 1, last)
    names = {"number": {"N": str(first["number"])}, **{name: {"S": first[name]} for name in ("digest", "created_at")}}
    client.put_item(TableName=table, Item=former | names)
    client.close()
    assert _ok(qm("config", "get", KEY, *AT, "-o", "json")) == {"parameters": {"rows": 7}}
    assert _ok(qm("config", "rollback", KEY, *_made_from(qm), "-o", "json"))["number"] == last + 1


def test_the_guide_is_true(stack: Deployed, tmp_path: Path) -> None:
    """Its commands run in order, on this stack in the place of its own."""
    blocks = re.findall(r"```console\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    commands = [line.replace("prod", "local") for block in blocks for line in block.splitlines()]
    assert len(commands) >= 9
    running, _ = local_stack.running_stack(stack.places)
    environment = os.environ | running.environment | {"QM_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    for command in commands:
        assert command.startswith("qm "), command
        done = subprocess.run(
            ["bash", "-ceu", f"{sys.executable} -m agents.entry.cli {command.removeprefix('qm ')}"],
            env=environment, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_what_is_not_there_is_named(qm: Qm) -> None:
    """Another stack, and a name that none can have."""
    code, _, err = qm("config", "list", stack="prod")
    assert (code, "there is no stack 'prod'" in err, "/qm/prod/api_function" in err) == (2, True, True)
    assert qm("config", "list", stack="../x")[0] == 2


def _made_from(qm: Qm, key: str = KEY, layer: str = LAYER) -> tuple[str, ...]:
    """The layer, and the version that a change of it is made from."""
    code, said, _ = qm("config", "history", key, "--layer", layer, "--limit", "1", "-o", "json")
    return ("--layer", layer, "--expected", str(json.loads(said)[0]["number"] if code == 0 else 0))


def _ok(done: tuple[int, str, str]) -> Any:  # noqa: ANN401 - JSON of many forms
    code, said, err = done
    assert code == 0, said + err
    return json.loads(said)


def _old_store(path: Path) -> list[str]:
    """An export of twenty versions, one a day, the newest 200 days old."""
    clock = iter(datetime.now(UTC) - timedelta(days=220 - day) for day in range(1_000))
    store = SqliteConfigStore(path, tenant="default", clock=lambda: next(clock))
    for number in range(20):
        content: dict[str, Json] = {"parameters": {"rows": number + 1}}
        store.append([Draft(key="agent/sql", layer="base", content=content, author="o", message="", expected=number)])
    lines = list(export(store))
    store.close()
    return lines


def _empty(stack: Deployed) -> None:
    """Deletes the configuration, which no command can; what instances said stays."""
    running, outputs = local_stack.running_stack(stack.places)
    client, table = aws_client("dynamodb", running), outputs["configuration_table"]
    for page in client.get_paginator("scan").paginate(TableName=table, ProjectionExpression="pk, sk"):
        for item in page["Items"]:
            if not item["pk"]["S"].endswith("#instance"):
                client.delete_item(TableName=table, Key=item)
    client.close()


def _by_command(stack: Deployed) -> list[dict[str, Any]]:
    """The records of the stack's audit that a command wrote."""
    running, outputs = local_stack.running_stack(stack.places)
    client = aws_client("dynamodb", running)
    pages = client.get_paginator("scan").paginate(TableName=outputs["audit_table"])
    records = [json.loads(item["record"]["S"]) for page in pages for item in page["Items"]]
    client.close()
    return sorted((one for one in records if one["rule"] == "IAM of the account"), key=lambda one: str(one["id"]))
