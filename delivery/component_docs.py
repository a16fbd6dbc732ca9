"""Writes the components' page from the tests that hold it: `python -m delivery.component_docs [--check]`."""

from __future__ import annotations

import argparse
import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
FILE: Final = ROOT / "components" / "README.md"
TESTS: Final = ROOT / "tests" / "components"
_MARK: Final = "must_have"
_BASE: Final = "ComponentResource"
_HEAD: Final = """\
<!-- Written by `python -m delivery.component_docs`; edit the tests instead. -->
# The components

A component is accepted by what it must have, not by how many resources it makes. Every line below is held by the
test beside it, on the program as it is registered with the engine.

A component takes frozen `Args`, parents its children, hands the caller's options on, and registers its outputs last.
What can be computed without Pulumi lies in plain functions beside it. To add a must-have, mark a test in
`tests/components/` with `@pytest.mark.must_have("<component>", "<sentence>")` and renew this page.
"""


@dataclass(frozen=True, kw_only=True)
class MustHave:
    """What a component must have, and the test that holds it."""

    component: str
    sentence: str
    test: str  # file::function


def must_haves(folder: Path = TESTS) -> tuple[MustHave, ...]:
    """Everything that tests are marked with, by component, in the order of the files."""
    return tuple(
        MustHave(component=component, sentence=sentence, test=f"{path.relative_to(folder).as_posix()}::{node.name}")
        for path in sorted(folder.rglob("test_*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
        for component, sentence in _marks(node)
    )


def components(folder: Path = ROOT / "components") -> dict[str, str]:
    """Component (the name of its module or package) -> the first paragraph of its class's docstring."""
    return {
        _module(path).name: (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")
        for path in sorted(folder.rglob("*.py"), key=_module)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and any(_ends(base, _BASE) for base in node.bases)
    }


def _module(path: Path) -> Path:
    """As an import names it, so that a component that becomes a package stays where it is on the page."""
    return path.parent if path.stem == "__init__" else path.with_suffix("")


def page() -> str:
    """The page as it should be. Raises ValueError for a mark that names no component."""
    found = must_haves()
    known = components()
    if strangers := sorted({one.component for one in found} - known.keys()):
        raise ValueError(f"no component is called {', '.join(strangers)}; there are {', '.join(known)}")
    return _HEAD + "\n".join(line for name in known for line in _section(name, known[name], found)) + "\n"


def _section(name: str, told: str, found: tuple[MustHave, ...]) -> Iterator[str]:
    yield from ("", f"## {name}", told, "", "| must have | held by |", "|---|---|")
    for one in found:
        if one.component == name:
            yield f"| {one.sentence} | `{one.test}` |"


def _marks(node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and _ends(mark.func, _MARK):
            component, sentence = (ast.literal_eval(argument) for argument in mark.args)
            yield str(component), str(sentence)


def _ends(node: ast.expr, name: str) -> bool:
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) == name


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the page is stale")
    if not parser.parse_args().check:
        FILE.write_text(page())
    elif not FILE.exists() or FILE.read_text() != page():
        sys.exit(f"components/{FILE.name} is stale: run `python -m delivery.component_docs`")


if __name__ == "__main__":
    main()
