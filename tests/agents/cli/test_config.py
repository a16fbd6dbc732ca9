"""`qm config`: every command on a real store, with its examples, formats, comments, exit codes and records."""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
import typer
import yaml

from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.cli import config_edit, config_read, config_write
from agents.cli.config import app
from agents.cli.errors import run
from agents.runtime.ids import uuid7
from tests.agents.configuration.config_world import KEY, START, ConfigWorld, config_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.publish import Publisher


class Platform(NamedTuple):
    """What these commands use of a laptop."""

    publisher: Publisher
    audit_log: SqliteAuditLog
    home: Path


class Qm(Protocol):
    def __call__(self, *arguments: object) -> tuple[int, str, str]: ...


EXAMPLES = {
    command.name or command.callback.__name__: str(command.epilog).removeprefix("Example: ")
    for part in (config_read, config_write, config_edit)
    for command in part.app.registered_commands
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConfigWorld]:
    with config_world(tmp_path) as found:
        yield found


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteAuditLog]:
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=lambda: START)
    yield log
    log.close()


@pytest.fixture
def qm(
    world: ConfigWorld, log: SqliteAuditLog, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Qm:  # fmt: skip
    """Exit code, stdout and stderr of `qm config ...`, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def build(*, environment: str) -> Platform:
        return Platform(world.serving(environment), log, tmp_path)

    def command(*arguments: object) -> tuple[int, str, str]:
        code = run(lambda: typer.main.get_command(app)(list(map(str, arguments)), obj=build))
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that $EDITOR runs; what it is given as text is done to the file."""
    script = tmp_path / "editor.sh"
    monkeypatch.setenv("EDITOR", f"bash {script}")
    monkeypatch.delenv("VISUAL", raising=False)
    return script


def test_every_example_of_a_help_runs(qm: Qm, editor: Path, tmp_path: Path, world: ConfigWorld) -> None:
    """In the order in which they are listed, and after each comes the next useful command."""
    editor.write_text('sed -i "s/^title = .*/title = \\"Edited\\"/" "$1"\n')
    world.rows(3)
    world.rows(4)
    (tmp_path / "sql.yaml").write_text(qm("get", "agent/sql", "-f", "yaml")[1])
    world.store.append([world.draft(world.publisher.head(KEY, "base").content | {"title": "New"}, layer="base")])
    for name, example in EXAMPLES.items():
        text, _, target = example.partition(" > ")
        words = shlex.split(text)
        assert words[:3] == ["qm", "config", name]
        code, out, err = qm(*words[2:])
        assert code == 0, (example, err)
        if target:
            (tmp_path / target).write_text(out)
        else:
            assert "Next: qm " in out or name == "at", (example, out)
    assert set(EXAMPLES) >= {
        "list", "get", "put", "edit", "diff", "history", "explain", "publish", "validate", "promote", "rollback",
        "label", "at",
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["list", "history agent/inventory", "explain agent/inventory /title", "label agent/inventory", "get agent/sql"],
)
def test_each_result_comes_as_json_and_yaml(qm: Qm, words: str) -> None:
    """The same result in both."""
    asked = words.split()
    assert json.loads(qm(*asked, "-o", "json")[1]) == yaml.safe_load(qm(*asked, "-o", "yaml")[1])


@pytest.mark.parametrize("form", ["json", "yaml", "toml"])
def test_a_document_goes_out_and_in_in_each_format(
    qm: Qm, world: ConfigWorld, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file and from stdin, and comes back with the digest it had."""
    text = qm("get", KEY, "-f", form)[1]
    read = {"json": json.loads, "yaml": yaml.safe_load, "toml": tomllib.loads}[form]
    assert read(text) == world.publisher.head(KEY, "base").content
    file = tmp_path / f"document.{form}"
    file.write_text(text)
    assert qm("put", KEY, file, "-m", "the same", "--expected", 1)[0] == 0
    with file.open() as source:
        monkeypatch.setattr("sys.stdin", source)
        assert qm("put", KEY, "-f", form, "-m", "and again", "--expected", 2)[0] == 0
    assert len({one.digest for one in world.publisher.history(KEY, "base")}) == 1
    assert world.numbers(layer="base") == [3, 2, 1]


def test_a_broken_file_is_named_by_line(qm: Qm, tmp_path: Path, world: ConfigWorld) -> None:
    """What does not read, and what is not valid, each where it is wrong; nothing is stored."""
    file = tmp_path / "bad.yaml"
    file.write_text("title: x\ntitle: y\n")
    code, out, err = qm("put", KEY, file, "-m", "m")
    assert (code, out) == (2, "")
    assert f"{file}:2:1" in err
    file.write_text("title: Fine\n# a comment\nlimits:\n  turns: 0\ncolour: red\n")
    code, out, err = qm("validate", KEY, file, "--layer", "env:dev")
    assert code == 1
    assert f"{file}:4:3 /limits/turns" in out
    assert f"{file}:5:1 /colour" in out
    assert qm("put", KEY, file, "-m", "m", "--layer", "env:dev")[0] == 2
    assert world.publisher.head(KEY, "env:dev") is None


def test_several_are_published_all_or_none(qm: Qm, tmp_path: Path, world: ConfigWorld) -> None:
    """One that is not valid keeps the others from being stored."""
    (tmp_path / "a.json").write_text('{"parameters": {"rows": 3}}')
    (tmp_path / "b.json").write_text('{"limits": {"turns": 0}}')
    assert qm("publish", KEY, "a.json", "agent/sql", "b.json", "-m", "m", "--layer", "env:dev")[0] == 2
    assert world.publisher.head(KEY, "env:dev") is None
    (tmp_path / "b.json").write_text('{"limits": {"turns": 2}}')
    code, out, _ = qm("publish", KEY, "a.json", "agent/sql", "b.json", "-m", "m", "--layer", "env:dev", "-o", "json")
    assert (code, [one["number"] for one in json.loads(out)]) == (0, [1, 1])
    assert qm("publish", KEY, "a.json", "agent/sql", "-m", "m")[0] == 2


@pytest.mark.parametrize("form", ["toml", "yaml"])
def test_an_edit_keeps_comments(qm: Qm, editor: Path, world: ConfigWorld, form: str, tmp_path: Path) -> None:
    """A comment that was left in one edit is there in the next, also when others published meanwhile."""
    rows = "rows = 7 # few" if form == "toml" else "rows: 7 # few"
    editor.write_text(f'echo "# why: the screen is small" >> "$1"; sed -i "s/^\\( *\\)rows.*/\\1{rows}/" "$1"\n')
    world.rows(5)
    code, out, err = qm("edit", KEY, "--layer", "env:dev", "-f", form)
    assert (code, "version 2" in out) == (0, True), err
    assert world.publisher.head(KEY, "env:dev").content == {"parameters": {"rows": 7}}
    assert world.publisher.head(KEY, "env:dev").message == "Edit /parameters/rows"
    world.rows(8)
    editor.write_text(f'cp "$1" {tmp_path}/seen; sed -i s/8/9/ "$1"\n')
    assert qm("edit", KEY, "--layer", "env:dev", "-f", form)[0] == 0
    seen = (tmp_path / "seen").read_text()
    assert "# why: the screen is small" in seen
    assert re.search(r"rows(:| =) 8 # few", seen)
    assert world.publisher.head(KEY, "env:dev").content == {"parameters": {"rows": 9}}


def test_an_edit_of_your_own_file_keeps_it(qm: Qm, editor: Path, world: ConfigWorld, tmp_path: Path) -> None:
    """The text is brought up to date, its comments and order stay."""
    world.rows(5)
    file = tmp_path / "mine.toml"
    file.write_text("# mine\n[parameters] # of the tool\nrows = 1\n")
    editor.write_text('sed -i "s/rows = 5/rows = 6/" "$1"\n')
    assert qm("edit", KEY, "--layer", "env:dev", "--file", file)[0] == 0
    assert file.read_text() == "# mine\n[parameters] # of the tool\nrows = 6\n"


def test_an_edit_without_a_change_publishes_nothing(qm: Qm, editor: Path, world: ConfigWorld) -> None:
    """Nor does an editor that fails, or that is not there."""
    editor.write_text("true\n")
    code, out, _ = qm("edit", KEY)
    assert (code, "Nothing changed" in out) == (0, True)
    editor.write_text("exit 3\n")
    assert qm("edit", KEY)[0] == 4
    os.environ["EDITOR"] = "/nowhere/editor"
    assert qm("edit", KEY)[0] == 4
    assert world.numbers(layer="base") == [1]


def test_an_edit_that_is_refused_is_not_lost(qm: Qm, editor: Path, world: ConfigWorld, tmp_path: Path) -> None:
    """Not valid, or too late: the text stays in a file that is named, and the next edit starts from the store's."""
    world.rows(5)
    editor.write_text('sed -i "s/rows = .*/rows = [1]/" "$1"\n')
    code, _, err = qm("edit", KEY, "--layer", "env:dev")
    left = tmp_path / "edits" / "env-dev" / "agent" / "refused-inventory.toml"
    assert (code, str(left) in err, "rows = [1]" in left.read_text()) == (2, True, True)
    editor.write_text('cat "$1" > seen; sed -i "s/rows = .*/rows = 6/" "$1"\n')
    assert qm("edit", KEY, "--layer", "env:dev")[0] == 0
    assert "[1]" not in (tmp_path / "seen").read_text()


def test_a_stale_put_conflicts(qm: Qm, tmp_path: Path, world: ConfigWorld) -> None:
    """Exit 1: somebody wrote first."""
    world.rows(1)
    world.rows(2)
    (tmp_path / "a.json").write_text("{}")
    code, _, err = qm("put", KEY, "a.json", "-m", "m", "--layer", "env:dev", "--expected", 1)
    assert (code, "is at version 2, not 1" in err) == (1, True)


def test_versions_labels_and_files_are_compared(qm: Qm, tmp_path: Path, world: ConfigWorld) -> None:
    """As text, side by side and as edits; the exit code says it where it is asked to."""
    world.rows(1)
    world.rows(2)
    assert qm("label", KEY, "tried", 1, "--layer", "env:dev")[0] == 0
    dev = ("--layer", "env:dev")
    assert "-  rows: 1\n+  rows: 2\n" in qm("diff", KEY, "tried", "head", *dev)[1]
    assert "rows: 1" in (line := qm("diff", KEY, *dev, "-y")[1].splitlines()[1])
    assert "~   rows: 2" in line
    edits = json.loads(qm("diff", KEY, "2", "1", *dev, "-o", "json")[1])
    assert edits == [{"op": "replace", "path": "/parameters/rows", "old": 2, "new": 1}]
    (tmp_path / "mine.toml").write_text("[parameters]\nrows = 2\n")
    assert qm("diff", KEY, "mine.toml", "head", *dev, "--exit-code")[:2] == (0, "They are the same.\n")
    assert qm("diff", KEY, "mine.toml", "1", *dev, "--exit-code")[0] == 1
    (tmp_path / "secret.toml").write_text('[parameters]\nrows = 2\napi_token = "hunter2"\n')
    assert "hunter2" not in qm("diff", KEY, "head", "secret.toml", *dev)[1]


def test_what_a_change_was_made_from_must_be_said(qm: Qm, tmp_path: Path, world: ConfigWorld) -> None:
    """Once there is a version: nothing is written over that nobody looked at, and the refusal names what is there."""
    (tmp_path / "a.json").write_text('{"parameters": {"rows": 3}}')
    (tmp_path / "b.json").write_text('{"limits": {"turns": 2}}')
    put = ("put", KEY, "a.json", "-m", "m", "--layer", "env:dev")
    both = ("publish", KEY, "a.json", "agent/sql", "b.json", "-m", "m", "--layer", "env:dev")
    assert qm(*put)[0] == 0  # the first one
    for words in (put, both, ("rollback", KEY, "--layer", "env:dev"), (*both, "--expected", 1)):
        code, _, err = qm(*words)
        assert (code, "--expected" in err) == (2, True), words
    assert "env:dev) is at version 1, by qm: m" in qm(*put)[2]
    # What somebody else published meanwhile is not lost.
    said = qm("get", KEY, "--layer", "env:dev", "-o", "json")[2]
    assert "version 1" in said
    assert "--expected 1" in said
    world.rows(9)
    assert qm(*put, "--expected", 1)[0] == 1
    assert qm(*both, "--expected", 1, "--expected", 0)[0] == 1
    assert qm("rollback", KEY, "--layer", "env:dev", "--to", 1, "--expected", 1)[0] == 1
    assert qm("rollback", KEY, "--layer", "env:dev", "--expected", "the last")[0] == 2
    assert world.numbers() == [2, 1]
    assert qm(*both, "--expected", 2, "--expected", 0)[0] == 0
    assert qm("rollback", KEY, "--layer", "env:dev", "--to", 2, "--expected", 3)[0] == 0
    assert qm("promote", KEY, "--layer", "env:dev", "--to", "staging")[0] == 0
    assert qm("promote", KEY, "--layer", "env:dev", "--to", "staging")[0] == 2
    assert qm("promote", KEY, "--layer", "env:dev", "--to", "staging", "--expected", 1)[0] == 0


def test_a_rollback_names_the_protected_labels_that_stay(qm: Qm, world: ConfigWorld) -> None:
    """On stderr, with the command that moves them."""
    world.rows(1)
    world.rows(2)
    assert qm("label", KEY, "live", 2, "--layer", "env:dev")[0] == 0
    code, _, err = qm("rollback", KEY, "--layer", "env:dev", "--expected", "head")
    assert (code, f"qm config label {KEY} live 3 --layer env:dev" in err) == (0, True)
    assert world.publisher.labels(KEY, "env:dev") == {"live": 2}


def test_a_stored_secret_is_masked(qm: Qm, world: ConfigWorld) -> None:
    """Wherever a document is printed, and in its own editor it is not."""
    world.store.append([world.draft({"parameters": {"api_key": "hunter2"}})])
    for words in (
        f"get {KEY} --layer env:dev", f"get {KEY} --layer env:dev -f toml", f"get {KEY} --effective -o json",
        f"at {KEY} 2030-01-01T00:00:00Z", f"at {KEY} 2030-01-01T00:00:00Z --layer env:dev",
        f"explain {KEY} /parameters/api_key",
    ):  # fmt: skip
        code, out, err = qm(*words.split())
        assert (code, "***" in out, "hunter2" in out + err) == (0, True, False), words


def test_a_rollback_says_why_it_is_refused(qm: Qm, world: ConfigWorld) -> None:
    """Old content that no longer fits is named with its problem, and one that fits is the next version."""
    world.rows(1)
    world.store.append([world.draft({"limits": {"turns": 0}})])
    world.rows(3)
    code, _, err = qm("rollback", KEY, "--layer", "env:dev", "--expected", "head")
    assert (code, "/limits/turns" in err) == (2, True)
    code, out, _ = qm("rollback", KEY, "--to", 1, "--layer", "env:dev", "--expected", 3, "-o", "json")
    assert (code, json.loads(out)["number"], json.loads(out)["message"]) == (0, 4, "Roll back to version 1: a reason")


def test_labels_are_listed_moved_and_taken_away(qm: Qm, world: ConfigWorld) -> None:
    """A label that is not there cannot be taken away."""
    world.rows(1)
    dev = ("--layer", "env:dev")
    assert "No label is here." in qm("label", KEY, *dev)[1]
    assert qm("label", KEY, "stable", "head", *dev)[0] == 0
    assert json.loads(qm("label", KEY, *dev, "-o", "json")[1]) == {"stable": 1}
    assert "stable" in qm("history", KEY, *dev)[1]
    assert qm("label", KEY, "stable", "--remove", *dev)[0] == 0
    assert qm("label", KEY, "stable", "--remove", *dev)[0] == 2
    assert qm("label", KEY, "head", "1", *dev)[0] == 2


def test_a_version_is_carried_to_another_environment(qm: Qm, world: ConfigWorld, tmp_path: Path) -> None:
    """With its digest, from the store or from a file; where it does not fit it is refused."""
    version = world.rows(7)
    dev = ("--layer", "env:dev")
    code, out, _ = qm("promote", KEY, *dev, "--to", "staging", "-o", "json")
    assert (code, json.loads(out)["layer"], json.loads(out)["digest"]) == (0, "env:staging", version.digest)
    assert qm("promote", KEY, *dev, "--out", "p.json")[0] == 0
    code, out, _ = qm("promote", "p.json", "--to", "prod", "-o", "json")
    assert (code, json.loads(out)["layer"], json.loads(out)["digest"]) == (0, "env:prod", version.digest)
    changed = json.loads((tmp_path / "p.json").read_text()) | {"content": {}}
    (tmp_path / "p.json").write_text(json.dumps(changed))
    assert qm("promote", "p.json", "--to", "prod")[0] == 2
    assert qm("promote", KEY, *dev)[0] == 2


def test_a_carried_version_is_for_its_owner_only(qm: Qm, world: ConfigWorld, tmp_path: Path) -> None:
    """Its content is what is stored, secrets too; a file that is there already may be open to everybody."""
    world.store.append([world.draft({"parameters": {"api_key": "hunter2"}})])
    out = ("promote", KEY, "--layer", "env:dev", "--out", "p.json")
    assert qm(*out)[0] == 0
    kept = (tmp_path / "p.json").read_text()
    assert ((tmp_path / "p.json").stat().st_mode & 0o777, "hunter2" in kept) == (0o600, True)
    code, _, err = qm(*out)
    assert (code, "p.json is there already" in err) == (2, True)
    assert (tmp_path / "p.json").read_text() == kept


def test_the_configuration_of_an_answer_is_found(qm: Qm, world: ConfigWorld) -> None:
    """By its time, or the message id that holds it, and proven by its digest."""
    world.rows(1)
    ran = world.publisher.effective(KEY)
    message = uuid7(int(world.now.timestamp() * 1000), os.urandom)
    world.rows(2)
    for when in (message, ran and world.publisher.find(KEY, "env:dev", "1").created_at.isoformat()):
        code, out, _ = qm("at", KEY, when, "--digest", ran.digest, "-o", "json")
        assert (code, json.loads(out)["content"]) == (0, ran.content)
    assert qm("at", KEY, message, "--digest", "sha256:0")[0] == 2
    assert qm("at", KEY, message, "--layer", "env:dev")[0] == 0
    assert qm("at", KEY, "yesterday")[0] == 2


def test_each_write_is_on_record(qm: Qm, world: ConfigWorld, log: SqliteAuditLog, tmp_path: Path) -> None:
    """Who owns the machine changed what, before it is changed; reading leaves none."""
    (tmp_path / "a.json").write_text('{"parameters": {"rows": 3}}')
    for words in (
        f"put {KEY} a.json -m m --layer env:dev", f"label {KEY} live head --layer env:dev",
        f"label {KEY} tried head --layer env:dev", f"rollback {KEY} --to 1 --layer env:dev --expected 1",
        f"history {KEY}", "list",
    ):  # fmt: skip
        assert qm(*words.split())[0] == 0
    found = [json.loads(entry.text) for entry in log.read(after="", limit=100)]
    assert [(one["action"], one["resource"], one["subject"], one["allowed"]) for one in found] == [
        ("config:write", KEY, "qm", True), ("config:label", f"{KEY}#live", "qm", True),
        ("config:write", f"{KEY}#tried", "qm", True), ("config:write", KEY, "qm", True),
    ]  # fmt: skip
