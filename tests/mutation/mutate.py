"""Mutation testing of the SQL gateway: every small change of its code must be noticed by a test.

    .venv/bin/python -m tests.mutation.mutate [--sample N] [--seed S] [--processes P] [MODULE ...]

A mutant lives in the memory of a process of its own, forked after the heavy imports; no file is changed. It must be
killed by the unit tests, by the attacks (`tests/agents/access/attacks`) or by a short run of the fuzzer. A statement
that comes out as without the mutant ends in the engine as it did there, so only the others are run. Prints each
survivor with its place; those argued in `equivalent.toml` count as killed. Ends with 1 below 85 %.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from agents.access.catalogue import Catalogue
    from agents.access.policy import Policy
    from agents.access.principal import Principal
    from tests.agents.access.attack_runs import Attack

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = ("rewrite", "verify", "grammar", "guards", "lexer", "pruning")
UNIT_TESTS: Final = ("verify", "lexer", "guards", "rewrite", "prepared", "pruning")
NOT_NEEDED: Final = ("cacheprovider", "xdist", "timeout", "junitxml", "pastebin", "doctest", "unittest", "faulthandler")
LEAST: Final = 0.85
TIMEOUT_S: Final = 120
SEEDS: Final = range(12)  # worlds of the fuzzer
EACH: Final = 15
_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """The `number`th change that `changes` finds in a module."""

    module: str
    number: int
    line: int
    what: str

    @property
    def key(self) -> str:
        return f"{self.module}: {self.what}"


def changes(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:  # noqa: C901 - a table of changes
    """Makes each change in the tree in turn, yields where and what, and takes it back."""
    for node in list(_mutable(tree)):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
            with _set(node, "ops", [_COMPARISONS[type(node.ops[0])](), *node.ops[1:]]):
                yield node, "comparison"
        if isinstance(node, ast.BoolOp):
            with _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()):
                yield node, "and/or"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            with (
                _set(node, "op", ast.UAdd()),
                _set(node, "operand", ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])),
            ):
                yield node, "not"
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            for value in (True, False) if not isinstance(node, ast.While) else (False,):
                with _set(node, "test", ast.Constant(value)):
                    yield node, f"condition {value}"
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | str):
            changed = (
                not node.value
                if isinstance(node.value, bool)
                else node.value + 1
                if isinstance(node.value, int)
                else f"{node.value}x"
            )
            with _set(node, "value", changed):
                yield node, f"constant {ast.unparse(ast.Constant(changed))[:40]}"
        if isinstance(node, ast.Return) and node.value is not None:
            with _set(node, "value", ast.Constant(None)):
                yield node, "returns None"
        if isinstance(node, ast.Call):
            for parts in (node.args, node.keywords):
                for index in range(len(parts)):
                    with _set(
                        node, "args" if parts is node.args else "keywords", [*parts[:index], *parts[index + 1 :]]
                    ):
                        yield node, f"argument {index} gone"
        if isinstance(node, ast.Raise | ast.Expr | ast.AugAssign) and not isinstance(
            getattr(node, "value", None), ast.Constant
        ):
            with _set(node, "__class__", ast.Pass):
                yield node, "statement gone"


def _mutable(tree: ast.Module) -> Iterator[ast.AST]:
    """Nodes that do something: no imports, types, docstrings, long lists of words, and no text of an error."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        ):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        yield node
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Tuple | ast.Set | ast.List | ast.Dict) and len(list(ast.walk(node))) > 40
        ):
            continue
        skipped = {
            id(getattr(node, name, None))
            for name in ("annotation", "returns", "args" if isinstance(node, ast.FunctionDef) else "")
        }
        pending.extend(child for child in ast.iter_child_nodes(node) if id(child) not in skipped)


@contextlib.contextmanager
def _set(node: ast.AST, name: str, value: object) -> Iterator[None]:
    before = getattr(node, name)
    setattr(node, name, value)
    try:
        yield
    finally:
        setattr(node, name, before)


def mutants(module: str) -> list[Mutant]:
    """All of a module, without those that are written as the module itself is."""
    tree = ast.parse(_path(module).read_text(encoding="utf-8"))
    whole = ast.unparse(tree)
    found = []
    for number, (node, what) in enumerate(changes(tree)):
        if ast.unparse(tree) != whole:
            line = getattr(node, "lineno", 0)
            source = ast.get_source_segment(_path(module).read_text(encoding="utf-8"), copy.copy(node)) or ""
            found.append(Mutant(module, number, line, f"{what}: {' '.join(source.split())[:90]}"))
    return found


def _path(module: str) -> Path:
    return ROOT / "agents" / "access" / f"{module}.py"


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module its mutant when it is imported."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name != f"agents.access.{self._mutant.module}":
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(_path(self._mutant.module)))

    def exec_module(self, module: ModuleType) -> None:
        tree = ast.parse(_path(self._mutant.module).read_text(encoding="utf-8"))
        for number, _ in enumerate(changes(tree)):
            if number == self._mutant.number:
                code = compile(ast.unparse(tree), str(_path(self._mutant.module)), "exec")
        exec(code, module.__dict__)


def is_noticed(mutant: Mutant | None, sample: Path, before: Mapping[str, Sequence[str]]) -> str:
    """By what a mutant is killed, empty when it survives; runs in a process that ends afterwards."""
    import pytest

    if mutant:
        sys.meta_path.insert(0, _Mutated(mutant))
    names = sorted(UNIT_TESTS, key=lambda name: mutant is not None and name != mutant.module)  # its own tests first
    files = [f"{ROOT}/tests/agents/access/test_{name}.py" for name in names]
    plugins = [f"-pno:{name}" for name in NOT_NEEDED]
    # Random text is slow, and kills little; what measures time fails on a busy machine, mutant or not.
    if pytest.main(
        [
            "-x",
            "-q",
            "--assert=plain",
            "-oaddopts=--import-mode=importlib",
            *plugins,
            "-k",
            "not breaks and not tenth_of_a_second",
            *files,
        ]
    ):
        return "unit tests"
    from tests.agents.access.attack_runs import Range, attacks, tells, worst
    from tests.agents.access.fuzz_runs import Figures, run_world

    now = outcomes(sample)
    others = {what for what, outcome in now.items() if outcome != before.get(what)}
    figures = Figures()
    for seed in SEEDS:
        if f"world {seed}" in others:
            run_world(seed, EACH, figures)
        if figures.wrong or figures.executed < 0.9 * figures.queries:
            return "fuzzer"
    place = Range(sample) if others else None
    for attack in attacks():
        if place is None or _name(attack) not in others:
            continue
        runs = list(place.shoot(attack))
        if worst(ended.how for _, _, ended in runs) != attack.expect:
            return f"attack {attack.sql[:60]!r}"
        if any(tells(ended, statement, persona) for persona, statement, ended in runs):
            return f"words of {attack.sql[:60]!r}"
    return ""


def outcomes(sample: Path) -> dict[str, list[str]]:
    """For each attack and each world of the fuzzer, what is sent to the engine, or in which words it is refused."""
    from agents.access.rewrite import rewrite
    from agents.access.verify import verify
    from agents.errors import ForbiddenError, InvalidError
    from tests.agents.access import attack_runs, fuzz_world
    from tests.agents.access.fuzz_runs import queries_of

    def outcome(sql: str, who: Principal, catalogue: Catalogue, policy: Policy, dialect: str) -> str:
        try:
            statement = rewrite(sql, who, catalogue, policy, dialect).statement
            verify(statement, who, catalogue, policy, dialect)
        except (InvalidError, ForbiddenError) as error:
            return f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - how it fails is an outcome too
            return repr(error)
        return statement

    found = {
        _name(attack): [
            outcome(statement, *attack_runs.asked(persona), attack.dialect or "duckdb")
            for persona in attack.personas
            for statement in attack.statements(persona, sample)
        ]
        for attack in attack_runs.attacks()
    }
    for seed in SEEDS:
        world, queries = queries_of(seed, EACH)
        found[f"world {seed}"] = [
            outcome(sql, world.principal, fuzz_world.CATALOGUE, world.policy, dialect) for sql, dialect in queries
        ]
    return found


def _name(attack: Attack) -> str:
    return f"{attack.sql} {attack.persona} {attack.dialect}"


def _judged(mutant: Mutant | None, sample: Path, before: Mapping[str, Sequence[str]]) -> int:
    """Starts a process that judges, and gives its id; its exit code is 0 for a survivor."""
    if child := os.fork():
        return child
    verdict = 1
    try:
        # Of the processor, whoever else is using it: a mutant that hangs is killed by it, and counts as noticed.
        signal.setitimer(signal.ITIMER_PROF, TIMEOUT_S)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        verdict = 1 if is_noticed(mutant, sample, before) else 0
    finally:
        os._exit(verdict)


def main(arguments: Sequence[str]) -> int:
    """Judges every mutant, or a sample of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--sample", type=int, help="judge so many, picked by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args(arguments)
    # Heavy, and none of the code under test: forked processes have them already.
    for heavy in ("duckdb", "hypothesis", "numpy", "pytest", "sqlglot.dialects.athena", "sqlglot.dialects.duckdb"):
        importlib.import_module(heavy)

    everything = [mutant for module in chosen.modules for mutant in mutants(module)]
    todo = random.Random(chosen.seed).sample(everything, min(chosen.sample or len(everything), len(everything)))
    argued = {
        entry["key"] for entry in tomllib.loads((Path(__file__).with_name("equivalent.toml")).read_text())["mutant"]
    }
    began = time.monotonic()
    running: dict[int, Mutant] = {}
    survivors: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        sample = _sample(Path(folder) / "data")
        before = _outcomes_before(sample, Path(folder) / "before.json")
        pid = _judged(None, sample, before)
        if os.waitpid(pid, 0)[1]:
            _say("the code fails its tests as it is: nothing can be judged")
            return 1
        for place, mutant in enumerate([*todo, *[None] * chosen.processes]):
            if mutant is None or len(running) >= chosen.processes:
                if not running:
                    break
                child, status = os.wait()
                judged = running.pop(child)
                if place % 25 == 0:
                    _say(f"{place} judged, {len(survivors)} survived")
                if status == 0:
                    survivors.append(judged)
                    _say(f"survived ({place}) agents/access/{judged.module}.py:{judged.line}: {judged.what}")
            if mutant is not None:
                running[_judged(mutant, sample, before)] = mutant
    equivalent = [mutant for mutant in survivors if mutant.key in argued]
    killed = len(todo) - len(survivors) + len(equivalent)
    _say(f"{len(todo)} of {len(everything)} mutants: {len(todo) - len(survivors)} killed, {len(survivors)} survived")
    _say(f"({len(equivalent)} argued to be equivalent): {killed / len(todo):.1%} in {time.monotonic() - began:.0f} s")
    return 0 if killed >= LEAST * len(todo) else 1


def _sample(folder: Path) -> Path:
    """The sample's data, made by a process of its own: the modules under test must not be imported in this one."""
    if not (child := os.fork()):
        from agents.supply_chain.sample import ensure_sample

        ensure_sample(folder)
        os._exit(0)
    os.waitpid(child, 0)
    return folder


def _outcomes_before(sample: Path, file: Path) -> dict[str, list[str]]:
    """Those of the code as it is, for the same reason by a process of its own."""
    if not (child := os.fork()):
        file.write_text(json.dumps(outcomes(sample)), encoding="utf-8")
        os._exit(0)
    os.waitpid(child, 0)
    before: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return before


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command prints


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
