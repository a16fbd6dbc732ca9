"""Report files: whole or not at all, and never mixed with the report on stdout."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.errors import InvalidError, SetupError
from delivery.reports import files


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """Readable for others, with nothing left beside it."""
    files.write(tmp_path / "a.json", "text\n")
    assert (tmp_path / "a.json").read_bytes() == b"text\n"
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A folder that is not there, and a name that is a folder: the environment's fault, said with the name."""
    with pytest.raises(SetupError, match=r"no/a\.json cannot be written: no such file or directory"):
        files.write(tmp_path / "no" / "a.json", "text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SetupError, match="folder cannot be written: is a directory"):
        files.write(tmp_path / "folder", "text")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


def test_a_text_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    """Half a report would be read as a whole one."""
    files.write(tmp_path / "a.json", "old")
    with pytest.raises(UnicodeEncodeError):
        files.write(tmp_path / "a.json", "new \ud800")
    assert (tmp_path / "a.json").read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_stdout_is_the_reports(tmp_path: Path) -> None:
    """`-` would mix two documents; two reports in one file would keep one."""
    with pytest.raises(InvalidError, match="--sarif - would mix with the report on stdout"):
        files.check({"--sarif": Path("-"), "--junit": None})
    with pytest.raises(InvalidError, match="--sarif and --junit name the same file"):
        files.check({"--sarif": tmp_path / "a", "--junit": tmp_path / "a"})
