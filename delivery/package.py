"""Zips for the functions: our code and what each needs of the locked `runtime` group, built the same every time.

boto3 is not packed: Lambda's Python has it, and so has the emulator's. A zip for the host is proven before it
counts: alone on the path, its handler must import, and import no boto3 meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.contract import API, AUTHORISER, FUNCTIONS, GATEWAY, TOOL_FUNCTIONS, WORKER
from agents.errors import SetupError
from delivery.archive import digest, files_below, foreign_libraries, write_zip
from delivery.uv import run_uv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.contract import Function
    from delivery.places import Places

GROUP: Final = "runtime"
# Packages of the group that a function does not import; with them goes whatever only they need.
_HTTP: Final = ("fastapi", "mangum")
_FORMATS: Final = ("jsonschema-rs", "pyyaml", "tomlkit")  # of documents as people write them; stores hold JSON
UNUSED: Final = {
    API.name: ("sqlglot",),
    AUTHORISER.name: (*_HTTP, *_FORMATS, "pydantic", "sqlglot"),
    GATEWAY.name: (*_HTTP, *_FORMATS, "pydantic"),
    **{function.name: (*_HTTP, *_FORMATS, "sqlglot") for function in TOOL_FUNCTIONS.values()},
    WORKER.name: (*_HTTP, *_FORMATS, "sqlglot"),
}
# What only a laptop runs. A function cannot start the local issuer, as it is not there.
LAPTOP_ONLY: Final = (
    "agents/adapters/duckdb.py",
    "agents/adapters/local_issuer.py",
    "agents/adapters/prometheus.py",
    "agents/adapters/sqlite/",
    "agents/api/metrics.py",
    "agents/bootstrap/base_documents.py",
    "agents/bootstrap/deployed_stack.py",
    "agents/bootstrap/emulated_account.py",
    "agents/bootstrap/laptop",
    "agents/bootstrap/stack_files.py",
    "agents/bootstrap/store_files.py",
    "agents/bootstrap/stack_contents.py",
    "agents/cli/",
    "agents/entry/cli.py",
    "agents/entry/fill_stack.py",
    "agents/supply_chain/sample",
)
# What a package may unpack to, in bytes: a cold start reads all of it. Lambda itself takes 250 MB.
_MB: Final = 1_000_000
MAX_BYTES: Final = {
    API.name: 90 * _MB,
    AUTHORISER.name: 20 * _MB,
    GATEWAY.name: 110 * _MB,  # most of it is the compiled parser
    **{function.name: 40 * _MB for function in TOOL_FUNCTIONS.values()},
    WORKER.name: 30 * _MB,
}
WITH_NUMPY: Final = 100 * _MB
# A handler imports plugins with its first request, so the proof does it for those that load them.
_PROOF: Final = (
    "import importlib, sys; sys.path.insert(0, '.'); module = importlib.import_module(sys.argv[1]);"
    "'agents.runtime.registry' in sys.modules and importlib.import_module('agents.runtime.registry').load_plugins("
    "importlib.import_module('agents.bootstrap.common').PLUGINS);"
    "sys.exit('boto3 is imported with the handler') if 'boto3' in sys.modules else None"
)
_PROOF_S: Final = 60


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a zip will run: `host`, or a Lambda runtime."""

    host: bool
    python: str  # 3.13
    architecture: str  # arm64 or x86_64

    @classmethod
    def of_host(cls) -> Target:
        """This machine's own Python, on which the emulator runs functions."""
        return cls(host=True, python=f"{sys.version_info.major}.{sys.version_info.minor}", architecture="")

    def folder(self, places: Places) -> Path:
        return places.packages / "local" if self.host else places.packages

    @property
    def options(self) -> tuple[str, ...]:
        """How uv is told. Amazon Linux 2023 has glibc 2.34; the 3.11 runtime is on its predecessor, with 2.26."""
        if self.host:
            return ("--python", sys.executable)
        machine = {"arm64": "aarch64", "x86_64": "x86_64"}[self.architecture]
        libc = "manylinux2014" if self.python == "3.11" else "manylinux_2_34"
        return ("--python-version", self.python, "--python-platform", f"{machine}-{libc}")


@dataclass(frozen=True, kw_only=True)
class Package:
    """A zip that is ready."""

    function: str
    path: Path
    size: int
    unpacked: int  # bytes of its files
    sha256: str  # of the zip itself: two builds of one source have the same
    digest: str  # of everything it was made from
    reused: bool


def build(places: Places, target: Target) -> tuple[Package, ...]:
    """The zip of every function, made when its inputs changed. Raises SetupError."""
    return tuple(_build(places, target, function) for function in FUNCTIONS)


def _build(places: Places, target: Target, function: Function) -> Package:
    requirements = _requirements(places, function)
    code = _code(places)
    wanted = digest(code, requirements, repr(target), Path(__file__).read_text(), function.handler)
    path = target.folder(places) / f"{function.name}.zip"
    stamp = places.var / "package" / f"{path.parent.name}-{function.name}.digest"
    reused = _holds(stamp, wanted, path)
    if not reused:
        site = _site(places, target, requirements)
        files = files_below(site) | code
        _check(files, target, function)
        write_zip(path, files)
        if target.host:
            prove(path, function)
        stamp.write_text(f"{wanted} {_sha256(path)}")
    return Package(
        function=function.name,
        path=path,
        size=path.stat().st_size,
        unpacked=_unpacked(path),
        sha256=_sha256(path),
        digest=wanted,
        reused=reused,
    )


def _holds(stamp: Path, wanted: str, path: Path) -> bool:
    """Whether the zip is the one that was made from these inputs, to the byte."""
    return path.is_file() and stamp.is_file() and stamp.read_text() == f"{wanted} {_sha256(path)}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpacked(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _requirements(places: Places, function: Function) -> str:
    """The locked requirements of a function, with hashes."""
    pruned = [word for name in UNUSED[function.name] for word in ("--prune", name)]
    arguments = ["--frozen", "--only-group", GROUP, "--no-emit-project", "--no-header", "--no-annotate", *pruned]
    return run_uv(places, ["export", "--quiet", *arguments], doing="reading the lock file")


def _code(places: Places) -> dict[str, Path]:
    files = {f"agents/{name}": file for name, file in files_below(places.root / "agents").items()}
    return {name: file for name, file in files.items() if not name.startswith(LAPTOP_ONLY)}


def _site(places: Places, target: Target, requirements: str) -> Path:
    """A folder with the requirements installed, kept for the next build with the same ones."""
    folder = places.var / "package"
    folder.mkdir(parents=True, exist_ok=True)
    site = folder / f"site-{digest({}, requirements, repr(target))[:16]}"
    if not site.is_dir():
        with _scratch(folder) as scratch:
            (scratch / "site").mkdir()  # stays empty for a function without any
            listed = scratch / "requirements.txt"
            listed.write_text(requirements)
            arguments = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--target", str(scratch / "site")]
            run_uv(
                places,
                ["pip", "install", "--quiet", *arguments, *target.options, "-r", str(listed)],
                doing="installing the functions' requirements",
            )
            with contextlib.suppress(OSError):  # another build of the same was faster
                (scratch / "site").rename(site)
    return site


def _check(files: dict[str, Path], target: Target, function: Function) -> None:
    size = sum(file.stat().st_size for file in files.values())
    numpy = any(name.startswith("numpy/") for name in files)
    budget = max(MAX_BYTES[function.name], WITH_NUMPY if numpy and function.tools else 0)
    if size > budget:
        raise SetupError(
            f"the package {function.name} unpacks to {size:,} bytes, more than its budget of {budget:,}",
            fix="Leave out a library that it does not import, in UNUSED of delivery/package.py.",
        )
    if not target.host and (foreign := foreign_libraries(files.values(), target.architecture)):
        raise SetupError(
            f"{foreign[0].name} in the package {function.name} is not for {target.architecture}",
            fix="Choose a version with a wheel for it.",
        )


def prove(path: Path, function: Function) -> None:
    """Imports the handler with nothing but the zip's own content on the path; raises SetupError when that fails."""
    with _scratch(path.parent) as scratch:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(scratch)
        module = function.handler.rpartition(".")[0]
        done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, "-I", "-S", "-B", "-c", _PROOF, module],
            cwd=scratch,
            env={},
            check=False,
            capture_output=True,
            text=True,
            timeout=_PROOF_S,
        )
    if done.returncode:
        path.unlink()
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise SetupError(
            f"the package {function.name} does not import by itself: {last}",
            fix="Let the code import it later, or take it out of what delivery/package.py leaves out.",
        )


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    scratch = Path(tempfile.mkdtemp(prefix=".build-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)
