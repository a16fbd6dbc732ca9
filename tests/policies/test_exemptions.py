"""An exemption that is written wrongly stops every way of asking the pack, with file and line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from agents.errors import InvalidError
from delivery.commands.policy import app
from delivery.plan import plan
from delivery.policy_report import problems
from policies.rules import RULES
from policies.rules._exemptions import ExemptionsError, read_exemptions

ROOT: Final = Path(__file__).parents[2]
PACK: Final = ROOT / "policies"
TODAY: Final = date(2026, 1, 1)
IDS: Final = {one.id for one in RULES}
RIGHT: Final = """\
[[exemption]]
rule = "logs-retention-set"
resource = "import-*"
reason = "The import job writes one line a year, which the auditors want to read for ever."
owner = "data-platform"
until = 2027-06-30
"""
WRONG: Final = [
    ('reason = "The import job writes one line a year, which the auditors want to read for ever."\n', "", "reason is"),
    ("The import job writes one line a year, which the auditors want to read for ever.", "It is fine", "has 3 words"),
    ("logs-retention-set", "logs-retention-sett", "there is no rule logs-retention-sett"),
    ('owner = "data-platform"\n', "", "owner is missing"),
    ("2027-06-30", '"2027-06-30"', "until is not a day"),
    ("until = 2027-06-30\n", "", "until is missing"),
    ('resource = "import-*"\n', "", "resource is missing"),
    ('owner = "data-platform"', 'owner = "data-platform"\nowners = "x"', "owners is not a key of an exemption"),
    ('resource = "import-*"', "resource = 5", "resource is not text"),
]


def project(tmp_path: Path, text: str) -> Path:
    """A project with the real pack's manifest and profiles, and these exemptions."""
    shutil.copytree(
        PACK, tmp_path / "policies", ignore=shutil.ignore_patterns("__pycache__", "exemptions.toml"), dirs_exist_ok=True
    )
    (tmp_path / "policies" / "exemptions.toml").write_text(text)
    return tmp_path


def test_an_exemption_that_is_right_is_read(tmp_path: Path) -> None:
    """With the line it stands on."""
    (tmp_path / "exemptions.toml").write_text("# why\n\n" + RIGHT)
    (one,) = read_exemptions(tmp_path / "exemptions.toml", IDS)
    assert (one.rule, one.until, one.place) == ("logs-retention-set", date(2027, 6, 30), "exemptions.toml:3")


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The second table is wrong, and it is its line that is named."""
    assert old in RIGHT
    (tmp_path / "exemptions.toml").write_text(f"{RIGHT}\n{RIGHT.replace(old, new)}")
    with pytest.raises(ExemptionsError) as refused:
        read_exemptions(tmp_path / "exemptions.toml", IDS)
    (line,) = refused.value.problems
    assert line.startswith("exemptions.toml:8: ")
    assert said in line


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one line at a time."""
    text = RIGHT.replace("logs-retention-set", "x").replace('"data-platform"', '""')
    (tmp_path / "exemptions.toml").write_text(text)
    with pytest.raises(ExemptionsError) as refused:
        read_exemptions(tmp_path / "exemptions.toml", IDS)
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize("text", ["[[exemption]\n", "exemption = 5\n", "[exemption]\nrule = 'a'\n", "[[exempt]]\n"])
def test_what_is_no_list_of_exemptions_is_refused(tmp_path: Path, text: str) -> None:
    """The file is named, whatever it holds."""
    (tmp_path / "exemptions.toml").write_text(text)
    with pytest.raises(ExemptionsError) as refused:
        read_exemptions(tmp_path / "exemptions.toml", IDS)
    assert all(one.startswith("exemptions.toml: ") for one in refused.value.problems)


def test_the_exemptions_that_ship_are_right() -> None:
    """Each names a rule that exists, and says why, who and until when."""
    read_exemptions(PACK / "exemptions.toml", IDS)


def test_a_plan_stops_at_a_wrong_exemption(tmp_path: Path) -> None:
    """It is a usage error, before the program runs."""
    where = project(tmp_path, RIGHT.replace("logs-retention-set", "x"))
    (where / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
    (where / "Pulumi.dev.yaml").write_text("config: {}\n")
    with pytest.raises(InvalidError) as refused:
        plan("dev", where, today=TODAY)
    assert str(refused.value).startswith("exemptions.toml:1: there is no rule x")


def test_the_check_names_wrong_and_past_exemptions(tmp_path: Path) -> None:
    """Exit 2 and a line each; one that ends today still holds."""
    runner = CliRunner()
    done = runner.invoke(app, ["check", "-C", str(project(tmp_path, RIGHT.replace("2027", "2001")))])
    assert done.exit_code == 2
    line = "policies/exemptions.toml:1: the exemption from logs-retention-set ran out on 2001-06-30"
    assert line in done.output.splitlines()
    found = problems(project(tmp_path, RIGHT), date(2027, 6, 30))
    assert [one for one in found if "exemptions.toml" in one] == []
    found = problems(project(tmp_path, RIGHT.replace("owner", "owners")), TODAY)
    assert len([one for one in found if one.startswith("policies/exemptions.toml:1: ")]) == 2


def test_the_engine_is_not_served_by_a_pack_with_wrong_exemptions(tmp_path: Path) -> None:
    """Its process ends with the message; a pack that starts all the same would let everything pass."""
    pack = project(tmp_path, RIGHT.replace("logs-retention-set", "x")) / "policies"
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(pack)]
    done = subprocess.run(command, cwd=pack, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "exemptions.toml:1: there is no rule x" in done.stderr
