"""`qm store`: backup, restore, export and import of a laptop's store, with its labels and digests."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import pytest
import typer

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.store_files import SqliteStoreFiles
from agents.cli.errors import run
from agents.cli.store import app
from agents.configuration.documents import Draft, LabelMove

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "agent/inventory"
EXAMPLES = [str(command.epilog).removeprefix("Example: qm store ") for command in app.registered_commands]


class Qm(Protocol):
    def __call__(self, *arguments: object) -> tuple[int, str, str]: ...


class Factory:
    """What hands over a laptop's store: here, of one path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def store_files(self) -> SqliteStoreFiles:
        return SqliteStoreFiles(self.path)


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    return Factory(tmp_path / "configuration.db")


@pytest.fixture
def qm(factory: Factory, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Qm:
    """Exit code, stdout and stderr of `qm store ...`, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> tuple[int, str, str]:
        code = run(lambda: typer.main.get_command(app)(list(map(str, arguments)), obj=factory))
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def content(factory: Factory) -> Callable[[], list[object]]:
    """Every version and label that the store holds; made with three versions and a label."""
    store = SqliteConfigStore(factory.path, tenant="default", clock=lambda: datetime.now(UTC))
    for number in range(3):
        draft = Draft(key=KEY, layer="base", content={"n": number}, author="o", message="m", expected=number)
        store.append([draft])
    store.append([LabelMove(key=KEY, layer="base", label="stable", number=2, expected=0, author="o")])
    store.close()

    def read() -> list[object]:
        store = SqliteConfigStore(factory.path, tenant="default", clock=lambda: datetime.now(UTC))
        found = [*store.history(KEY, "base", before=None, limit=10), dict(store.labels(KEY, "base"))]
        store.close()
        return found

    return read


@pytest.mark.parametrize("way", [("backup", "restore"), ("export", "import")])
def test_what_goes_out_comes_back(
    qm: Qm, factory: Factory, content: Callable[[], list[object]], tmp_path: Path, way: tuple[str, str]
) -> None:
    """Numbers, times, digests and labels; neither way writes over what is there."""
    before = content()
    out, back = way
    assert qm(out, "copy")[0] == 0
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600, "documents say how a company works"
    assert qm(out, "copy")[0] in {1, 2}
    code, _, err = qm(back, "copy")
    assert (code, "there is a store at" in err) == (1, True)
    factory.path = tmp_path / "other" / "configuration.db"
    factory.path.parent.mkdir()
    assert qm(back, "copy")[0] == 0
    assert content() == before


def test_every_example_of_a_help_runs(
    qm: Qm, factory: Factory, content: Callable[[], list[object]], tmp_path: Path
) -> None:
    """In order; who puts back has moved the store away. After each comes the next useful command."""
    for number, example in enumerate(EXAMPLES):
        words = shlex.split(example)
        if words[0] in {"restore", "import"}:
            factory.path = tmp_path / f"store-{number}.db"
        code, out, err = qm(*words)
        assert (code, "Next: qm " in out) == (0, True), (example, err)
    assert len(content()) == 4


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-40], lambda text: text.replace('"n":1', '"n":7'), lambda _: "x"]
)
def test_a_damaged_export_is_refused_and_leaves_nothing(
    qm: Qm, factory: Factory, content: Callable[[], list[object]], tmp_path: Path, damage: Callable[[str], str]
) -> None:
    """Cut short, changed, or none at all."""
    assert len(content()) == 4
    assert qm("export", "all.jsonl")[0] == 0
    file = tmp_path / "all.jsonl"
    file.write_text(damage(file.read_text()))
    factory.path = tmp_path / "new.db"
    assert qm("import", "all.jsonl")[0] == 2
    assert not factory.path.exists()


def test_what_is_not_there_is_named(qm: Qm, tmp_path: Path) -> None:
    """No store, no backup, no export."""
    for words in (("backup", "a"), ("export", "b"), ("restore", "none.db"), ("import", "none.jsonl")):
        code, _, err = qm(*words)
        assert code == 2, (words, err)
        assert "Traceback" not in err
    (tmp_path / "junk").write_bytes(b"junk" * 1_000)
    assert qm("restore", "junk")[0] == 2
