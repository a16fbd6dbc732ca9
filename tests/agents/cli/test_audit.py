"""`qm audit`: lists, exports and verifies, with one line for what is wrong and the exit code of its kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
import typer

from agents.access.chain import MAX_LINE
from agents.cli.audit import app
from agents.cli.errors import run
from tests.agents.access.audit_world import World, decision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.access.ports import AnchorStore, AuditLog, Signer


class Stores(NamedTuple):
    """What these commands use of a laptop."""

    audit_log: AuditLog
    anchors: AnchorStore
    signer: Signer


class Qm(Protocol):
    def __call__(self, *arguments: object) -> tuple[int, str, str]: ...


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    audit = world.audit()
    audit.record(decision("wanda"))
    audit.record(decision("frank", allowed=False))
    world.anchor()
    audit.record(decision("wanda", allowed=False))
    yield world
    world.close()


@pytest.fixture
def qm(world: World, capsys: pytest.CaptureFixture[str]) -> Qm:
    """Exit code, stdout and stderr of a command."""

    def command(*arguments: object) -> tuple[int, str, str]:
        stores = Stores(world.log, world.anchors, world.signer)
        code = run(lambda: typer.main.get_command(app)(list(map(str, arguments)), obj=lambda environment: stores))
        return code, *capsys.readouterr()

    return command


def test_an_export_verifies_without_the_stores(qm: Qm, tmp_path: Path, world: World) -> None:
    """Three files, for their owner only, which the key alone proves."""
    folder = tmp_path / "june"
    code, out, _ = qm("export", folder)
    assert (code, out) == (0, f"3 records are in {folder}. Next: qm audit verify {folder}\n")
    assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == dict.fromkeys(
        ("records.jsonl", "anchors.jsonl", "key.pem"), 0o600
    )
    assert (folder / "records.jsonl").read_text().splitlines() == world.records()
    code, out, _ = qm("verify", folder)
    assert code == 0
    assert "Proven: 2 records are as they were written, and none from before 2026-06-30T11:55:00.126Z is missing" in out
    assert "Not yet: 1 records are newer than the last anchor" in out
    result = json.loads(qm("verify", folder, "-o", "json")[1])
    assert (result["ok"], result["records"], result["unproven"], result["findings"]) == (True, 3, 1, [])
    code, _, err = qm("export", folder)
    assert (code, "exists. Choose a new folder." in err) == (1, True)


def test_a_laptop_verifies_its_own_stores(qm: Qm) -> None:
    """The same without a folder; and `anchor` covers what is new."""
    assert json.loads(qm("verify", "-o", "json")[1])["unproven"] == 1
    code, out, _ = qm("anchor")
    assert (code, out) == (0, "Anchor 2 is the last. Next: qm audit verify\n")
    code, out, _ = qm("verify", "-o", "json")
    assert (code, json.loads(out)["unproven"]) == (0, 0)


def test_a_change_is_said_with_its_place_and_fails(qm: Qm, tmp_path: Path) -> None:
    """File and line, and exit 1."""
    folder = tmp_path / "june"
    qm("export", folder)
    file = folder / "records.jsonl"
    file.write_text(file.read_text().replace("frank", "wanda"))
    code, out, err = qm("verify", folder)
    assert (code, err) == (1, "")
    assert "records.jsonl:2: the record was changed: its hash does not fit" in out
    assert "NOT PROVEN" in out
    findings = json.loads(qm("verify", folder, "-o", "json")[1])["findings"]
    assert findings[0] == {
        "code": "record_invalid",
        "message": "the record was changed: its hash does not fit",
        "where": "records.jsonl:2",
    }


@pytest.mark.parametrize(
    "content", [b"", b"\n\n\n", b"{}", b"\xff" * 1_000, b"[" * 100_000, b"x" * (MAX_LINE * 40), b"\x00\n" * 3_000]
)
@pytest.mark.parametrize("name", ["records.jsonl", "anchors.jsonl"])
def test_rubbish_is_findings(qm: Qm, tmp_path: Path, name: str, content: bytes) -> None:
    """Whatever the files hold: findings on stdout, exit 1, no traceback."""
    folder = tmp_path / "june"
    qm("export", folder)
    (folder / name).write_bytes(content)
    code, out, err = qm("verify", folder)
    assert (code, err) == (1, "")
    assert "NOT PROVEN" in out


def test_a_wrong_call_is_one_clear_line(qm: Qm, tmp_path: Path) -> None:
    """A folder that is none, a file that is missing, a key that is none."""
    code, out, err = qm("verify", tmp_path / "nowhere")
    assert (code, out, "cannot be read: No such file or directory" in err) == (2, "", True)
    folder = tmp_path / "june"
    qm("export", folder)
    (folder / "key.pem").write_bytes(b"junk")
    code, _, err = qm("verify", folder)
    assert (code, "no public key in PEM" in err) == (2, True)
    code, _, err = qm("verify", folder, "--key", folder / "records.jsonl")
    assert (code, "no public key in PEM" in err) == (2, True)
    (folder / "records.jsonl").unlink()
    (folder / "records.jsonl").mkdir()
    code, _, err = qm("verify", folder, "--key", tmp_path / "none.pem")
    assert (code, "none.pem cannot be read" in err) == (2, True)
    code, _, err = qm("list", "--after", "x")
    assert (code, "is not the id of a record" in err) == (2, True)


def test_the_key_and_the_last_anchor_may_be_known_from_elsewhere(qm: Qm, tmp_path: Path, world: World) -> None:
    """Who rewrote an export put his own key beside it, and who cut the anchors left fewer."""
    folder = tmp_path / "june"
    qm("export", folder)
    known = tmp_path / "known.pem"
    known.write_bytes(world.signer.public_key())
    assert qm("verify", folder, "--key", known, "--least-anchor", 1)[0] == 0
    assert "2 was expected" in qm("verify", folder, "--least-anchor", 2)[1]


def test_decisions_are_listed_newest_last(qm: Qm, world: World) -> None:
    """By subject, by denial, after an id, and at most so many of the newest."""
    lines = qm("list")[1].splitlines()
    assert [line.split()[1:3] for line in lines] == [["allowed", "wanda"], ["denied", "frank"], ["denied", "wanda"]]

    def subjects(*arguments: object) -> list[str]:
        return [record["subject"] for record in json.loads(qm("list", "-o", "json", *arguments)[1])]

    assert subjects("--denied") == ["frank", "wanda"]
    assert subjects("--denied", "--subject", "wanda") == ["wanda"]
    assert subjects("--limit", 1, "--subject", "frank") == ["frank"]
    assert subjects("--after", json.loads(world.records()[1])["id"]) == ["wanda"]
    assert qm("list", "--subject", "nobody")[1] == "No decision fits.\n"


def test_names_that_strangers_chose_do_no_harm(qm: Qm, world: World) -> None:
    """Half a character and a terminal's commands are shown as what they are not."""
    world.audit().record(decision("\ud800\x1b[2Jmallory\n"))
    assert "  ??[2Jmallory?  " in qm("list")[1].splitlines()[-1]
    assert json.loads(qm("list", "-o", "json")[1])[-1]["subject"] == "?\x1b[2Jmallory\n"


def test_records_of_a_clock_that_was_ahead_are_shown(qm: Qm, world: World, tmp_path: Path) -> None:
    """In lists, exports and what `verify` says, and no finding."""
    real = datetime.now(UTC)
    world.now = real + timedelta(days=30)
    world.audit().record(decision("ahead"))
    assert "ahead" in qm("list")[1].splitlines()[-1]
    code, out, _ = qm("verify")
    assert (code, "A clock was wrong: 1 records are dated later than now." in out) == (0, True)
    qm("export", tmp_path / "all")
    assert json.loads(qm("verify", tmp_path / "all", "-o", "json")[1])["ahead"] == 1
