"""The functions' zips: complete, lean, and the same every time."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from agents.contract import API, FUNCTIONS, GATEWAY, TOOL_FUNCTIONS, WORKER
from agents.errors import InvalidError, NotFoundError, SetupError
from delivery.archive import files_below, foreign_libraries, write_zip
from delivery.package import LAPTOP_ONLY, MAX_BYTES, Package, Target, build, prove
from delivery.places import Places
from delivery.targets import target_of
from delivery.uv import find_uv

if TYPE_CHECKING:
    from pathlib import Path

ARM = Target(host=False, python="3.13", architecture="arm64")
HERE = Places.here()


def copy_of_the_project(folder: Path) -> Places:
    """What the zips are made of, in a place of its own."""
    shutil.copytree(HERE.root / "agents", folder / "agents", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "uv.lock", "README.md"):
        shutil.copy(HERE.root / name, folder)
    return Places(folder)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return copy_of_the_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module", params=[Target.of_host(), ARM], ids=["host", "arm64"])
def packages(request: pytest.FixtureRequest, places: Places) -> tuple[Package, ...]:
    return build(places, request.param)


def names(package: Package) -> set[str]:
    with zipfile.ZipFile(package.path) as archive:
        return {name.split("/")[0] for name in archive.namelist()}


def test_every_function_has_its_zip_where_the_program_looks(packages: tuple[Package, ...], places: Places) -> None:
    """`var/packages/` for Lambda, `var/packages/local/` for this machine."""
    assert [package.function for package in packages] == [function.name for function in FUNCTIONS]
    folder = packages[0].path.parent.relative_to(places.root).as_posix()
    assert folder in {"var/packages", "var/packages/local"}
    assert all(package.size < 50_000_000 for package in packages), "Lambda takes no larger upload"


def test_a_function_has_only_what_it_imports(packages: tuple[Package, ...]) -> None:
    """The gateway serves no HTTP, the API parses no SQL, and boto3 is the runtime's own."""
    held = {package.function: names(package) for package in packages}
    assert {"agents", "mangum", "fastapi", "jwt", "cryptography"} <= held[API.name]
    assert {"agents", "sqlglot", "jwt", "cryptography"} <= held[GATEWAY.name]
    assert not {"sqlglot", "boto3", "botocore", "duckdb", "numpy", "typer", "bin"} & held[API.name]
    assert not {"fastapi", "pydantic", "mangum", "boto3", "botocore", "duckdb", "bin"} & held[GATEWAY.name]
    for function in TOOL_FUNCTIONS.values():
        assert {"agents", "pydantic", "jwt", "cryptography"} <= held[function.name]
        assert not {"sqlglot", "fastapi", "mangum", "boto3", "duckdb", "numpy"} & held[function.name]
    assert "cryptography" in held[WORKER.name]  # which writes signatures of KMS as tokens have them
    assert not {"sqlglot", "fastapi", "mangum", "boto3"} & held[WORKER.name]
    for function in (GATEWAY, *TOOL_FUNCTIONS.values(), WORKER):
        assert not {"yaml", "tomlkit", "jsonschema_rs"} & held[function.name]


def test_no_package_is_larger_than_its_budget(packages: tuple[Package, ...]) -> None:
    """Unpacked: tools at most 40 MB, the API 90, the worker 30, the gateway with its compiled parser 110."""
    budget = {API.name: 90, GATEWAY.name: 110, WORKER.name: 30}
    for package in packages:
        assert 0 < package.size < package.unpacked < budget.get(package.function, 40) * 1_000_000


def test_a_package_over_its_budget_is_refused(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, with both figures, before it is deployed."""
    monkeypatch.setitem(MAX_BYTES, WORKER.name, 1000)
    shutil.rmtree(places.packages, ignore_errors=True)
    with pytest.raises(SetupError, match=r"package worker unpacks to [\d,]+ bytes, more than its budget of 1,000"):
        build(places, ARM)


def test_a_function_cannot_be_a_laptop(packages: tuple[Package, ...]) -> None:
    """Local issuer, command line and local stores are not deployed, so nothing can turn them on there."""
    for package in packages:
        with zipfile.ZipFile(package.path) as archive:
            entries = archive.namelist()
        for name in ("adapters/local_issuer", "adapters/sqlite", "cli/", "bootstrap/laptop", "supply_chain/sample"):
            assert not [entry for entry in entries if entry.startswith(f"agents/{name}")]
        assert not [entry for entry in entries if entry.endswith((".pyc", "/RECORD"))]


def test_entries_are_sorted_and_carry_no_time_nor_owner(packages: tuple[Package, ...]) -> None:
    """What differs between two machines is not in the zip."""
    for package in packages:
        with zipfile.ZipFile(package.path) as archive:
            entries = archive.infolist()
        assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
        assert {(entry.date_time, entry.external_attr >> 16) for entry in entries} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644)
        }


def test_native_code_is_of_the_functions_processor(places: Places, tmp_path: Path) -> None:
    """Every shared library in a zip for arm64 is for arm64, and there are some."""
    for package in build(places, ARM):
        with zipfile.ZipFile(package.path) as archive:
            libraries = [name for name in archive.namelist() if name.endswith(".so")]
            archive.extractall(tmp_path, libraries)
        files = [tmp_path / name for name in libraries]
        assert files, f"{package.function} has native code"
        assert foreign_libraries(files, "arm64") == []
        assert foreign_libraries(files, "x86_64") == files


def test_two_builds_are_the_same_to_the_byte(places: Places) -> None:
    """Also when everything was installed anew, from sources with other times."""
    first = {package.function: package.path.read_bytes() for package in build(places, Target.of_host())}
    shutil.rmtree(places.var)
    for file in (places.root / "agents").rglob("*.py"):
        os.utime(file, (1, 1))
    second = build(places, Target.of_host())
    assert not any(package.reused for package in second)
    assert {package.function: package.path.read_bytes() for package in second} == first
    assert {package.sha256 for package in second} == {hashlib.sha256(whole).hexdigest() for whole in first.values()}


def test_a_zip_is_made_again_only_when_an_input_changed(tmp_path: Path) -> None:
    """A build without a change costs nothing; a change of the code makes a new zip with another digest."""
    places = copy_of_the_project(tmp_path)
    first = build(places, Target.of_host())
    again = build(places, Target.of_host())
    assert [(package.digest, package.reused) for package in again] == [(package.digest, True) for package in first]
    (places.root / "agents" / "extra.py").write_text('"""Nothing."""\n')
    changed = build(places, Target.of_host())
    assert all(not package.reused for package in changed)
    assert {package.digest for package in changed}.isdisjoint(package.digest for package in first)


def test_a_zip_that_was_damaged_is_made_again(tmp_path: Path) -> None:
    """Cut short, changed in one byte or gone: what is deployed is what was built."""
    places = copy_of_the_project(tmp_path)
    whole = [package.path.read_bytes() for package in build(places, Target.of_host())]
    api, gateway, *_ = (package.path for package in build(places, Target.of_host()))
    api.write_bytes(whole[0][:1000])
    changed = bytearray(whole[1])
    changed[len(changed) // 2] ^= 1
    gateway.write_bytes(changed)
    mended = build(places, Target.of_host())
    assert [package.reused for package in mended[:3]] == [False, False, True]
    assert [package.path.read_bytes() for package in mended] == whole
    api.unlink()
    assert [package.reused for package in build(places, Target.of_host())][:2] == [False, True]


def test_nobody_sees_half_a_zip(tmp_path: Path) -> None:
    """A write that fails leaves the zip of before, and nothing beside it."""
    path = tmp_path / "zip" / "api.zip"
    write_zip(path, files_below(HERE.root / "delivery" / "commands"))
    before = path.read_bytes()
    with pytest.raises(FileNotFoundError):
        write_zip(path, {"a.py": HERE.root / "pyproject.toml", "b.py": tmp_path / "absent"})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", LAPTOP_ONLY)
def test_what_is_left_out_is_there(name: str) -> None:
    """A file that was renamed would be deployed again, and nobody would notice."""
    files = [f"agents/{file}" for file in files_below(HERE.root / "agents")]
    assert [file for file in files if file.startswith(name)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import boto3", "boto3"),
        ("import nothing_of_the_kind", "nothing_of_the_kind"),
        ("import yaml", "yaml"),
    ],
)
def test_a_zip_that_leans_on_its_surroundings_is_refused(tmp_path: Path, code: str, reason: str) -> None:
    """The proof runs without site-packages, so what is not in the zip is not found; and the zip is removed."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "main.py").write_text(code)
    path = tmp_path / "zip" / "api.zip"
    write_zip(path, files_below(tmp_path / "in"))
    with pytest.raises(SetupError, match=reason):
        prove(path, dataclasses.replace(API, handler="main.handler"))
    assert not path.exists()


def test_a_handler_that_imports_boto3_at_once_is_refused(tmp_path: Path) -> None:
    """A cold start would pay for it before it is needed."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "boto3.py").write_text("")
    (tmp_path / "in" / "main.py").write_text("import boto3")
    write_zip(tmp_path / "api.zip", files_below(tmp_path / "in"))
    with pytest.raises(SetupError, match="boto3 is imported with the handler"):
        prove(tmp_path / "api.zip", dataclasses.replace(API, handler="main.handler"))


def test_a_stacks_file_says_what_its_zips_are_for() -> None:
    """The stack local runs on this machine, the others on Lambda's Python and processor."""
    assert target_of(HERE, "local") == Target.of_host()
    prod = target_of(HERE, "prod")
    assert (prod.host, prod.architecture) == (False, "arm64")


def test_an_unknown_stack_is_named_with_those_there_are() -> None:
    """A typing error costs one line."""
    with pytest.raises(NotFoundError, match=r"there is no stack 'stagin', did you mean staging\?"):
        target_of(HERE, "stagin")


def test_a_wrong_stack_file_is_refused_with_every_mistake(tmp_path: Path) -> None:
    """All of them at once, so that it is mended once."""
    shutil.copy(HERE.root / "Pulumi.yaml", tmp_path)
    text = (HERE.root / "Pulumi.dev.yaml").read_text()
    text += "  quartermaster:resources: {lambda: {memory_mb: 5}, logs: {retention_days: 8}}\n"
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(InvalidError, match=r"(?s)memory_mb.*retention_days"):
        target_of(Places(tmp_path), "dev")


def test_without_uv_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv is looked for on PATH and where `make setup` puts it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="make setup"):
        find_uv(tmp_path / "var")
    own = tmp_path / "var" / "uv" / "bin" / "uv"
    own.parent.mkdir(parents=True)
    own.touch()
    assert find_uv(tmp_path / "var") == own
