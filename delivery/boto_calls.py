"""Which operations of AWS a deployed function may call: read from the code that its handler can reach.

Only modules below `agents/adapters/` speak to AWS. There every client is called `client` or `_client`, or is what
`aws.client(...)` returned, and its operation is written out, as a method or as the first argument of a function that
looks the method up. Code that is written otherwise is refused rather than overlooked.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError

from .package import LAPTOP_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
_TOP: Final = "agents"
_SPEAKS: Final = "agents/adapters/"
_MAKER: Final = "agents/adapters/aws.py"  # the one place where boto3 is imported
_CLIENTS: Final = frozenset({"client", "_client"})
_NO_OPERATIONS: Final = frozenset({"close", "exceptions", "meta"})
_NAMES_ONE: Final = frozenset({"get_paginator", "get_waiter"})  # their first argument is the operation


@dataclass(frozen=True, kw_only=True, order=True)
class BotoCall:
    """One place that calls an operation. `parts` are the words that the module's requests have as keys."""

    operation: str  # start_query_execution
    where: str  # agents/adapters/athena.py:46
    parts: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What a handler can reach: the services that clients are made for, and every call of an operation."""

    services: frozenset[str]
    calls: tuple[BotoCall, ...]


@cache
def reached(handler: str, root: Path = ROOT) -> Reached:
    """What the function with this handler can reach. Raises InvalidError for code that cannot be followed."""
    services: set[str] = set()
    calls: list[BotoCall] = []
    for path in _modules(handler.rpartition(".")[0], root):
        tree = _tree(path)
        name = path.relative_to(root).as_posix()
        services |= set(_services(tree, name))
        if name.startswith(_SPEAKS):
            calls += _calls(tree, name)
        elif _imports_boto3(tree):
            raise InvalidError(f"{name} imports boto3", fix=f"Make clients in {_MAKER}, call them below {_SPEAKS}.")
    return Reached(services=frozenset(services), calls=tuple(sorted(calls, key=lambda call: call.where)))


def _modules(start: str, root: Path) -> list[Path]:
    """The files of all modules that importing `start` and calling its functions can load, but for the laptop's."""
    waiting, found = [start], {}
    while waiting:
        module = waiting.pop()
        path = _file(module, root)
        if path is None or path in found or path.relative_to(root).as_posix().startswith(LAPTOP_ONLY):
            continue
        found[path] = module
        parents = module.split(".")
        waiting += [".".join(parents[:count]) for count in range(1, len(parents))]
        waiting += _imported(_tree(path))
    return sorted(found)


def _file(module: str, root: Path) -> Path | None:
    first, *rest = module.split(".")
    if first != _TOP:
        return None
    path = root.joinpath(first, *rest)
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Imports at the top and inside functions, and the names of plugins; not what is imported for types only."""
    for node in _run_time(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and (plugin := _text(node) or "").startswith(f"{_TOP}."):
            yield plugin


def _run_time(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _run_time(child)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def _imports_boto3(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.Import) and any(alias.name == "boto3" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "boto3")
        for node in _run_time(tree)
    )


def _services(tree: ast.Module, name: str) -> Iterator[str]:
    """The services of `aws.client("service")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _makes_client(node) and name != _MAKER:
            service = _text(node.args[0]) if node.args else None
            if service is None:
                raise InvalidError(f"{name}:{node.lineno} makes a client of a service that it does not write out")
            yield service


def _makes_client(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"aws.client", "boto3.client"}


def _calls(tree: ast.Module, name: str) -> Iterator[BotoCall]:
    if name == _MAKER:
        return
    if _imports_boto3(tree):
        raise InvalidError(f"{name} imports boto3", fix=f"Make clients in {_MAKER}.")
    clients = _CLIENTS | {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _makes_client(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    lookups = dict(_lookups(tree, clients, name))
    parts = frozenset(
        text
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if key and (text := _text(key))
    )
    for node in ast.walk(tree):
        for operation in _operations(node, clients, lookups, name):
            yield BotoCall(operation=operation, where=f"{name}:{node.lineno}", parts=parts)  # type: ignore[attr-defined]  # calls and attributes have a line


def _lookups(tree: ast.Module, clients: frozenset[str] | set[str], name: str) -> Iterator[tuple[str, int]]:
    """The functions that look an operation up by the name they are given, and which argument that is."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        arguments = [one.arg for one in function.args.args if one.arg not in {"self", "cls"}]
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr" and _last(node.args[0]) in clients:
                wanted = _last(node.args[1])
                if wanted in arguments:
                    yield function.name, arguments.index(wanted)
                elif _text(node.args[1]) is None:
                    raise InvalidError(f"{name}:{node.lineno} looks up an operation that it does not write out")


def _operations(node: ast.AST, clients: frozenset[str] | set[str], lookups: dict[str, int], name: str) -> Iterator[str]:
    """The operations that one expression calls."""
    if isinstance(node, ast.Attribute) and _last(node.value) in clients:
        if node.attr not in _NO_OPERATIONS | _NAMES_ONE:
            yield node.attr
    elif isinstance(node, ast.Call):
        called = _last(node.func)
        place = lookups.get(called)
        if ast.unparse(node.func) == "getattr" and _last(node.args[0]) in clients:
            yield from filter(None, [_text(node.args[1])])
        elif called in _NAMES_ONE and isinstance(node.func, ast.Attribute) and _last(node.func.value) in clients:
            place = 0
        if place is not None:
            operation = _text(node.args[place]) if len(node.args) > place else None
            if operation is None:
                raise InvalidError(f"{name}:{node.lineno} calls an operation that it does not write out")
            yield operation


def _last(node: ast.expr) -> str:
    """The last word of `self._client` or `client`; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
