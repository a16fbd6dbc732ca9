"""Who may import whom: the table of docs/decisions/001-import-table.md, held over the syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("agents", "components", "delivery", "policies")
LEAVES = (
    "agents.contract",
    "agents.data_schema",
    "agents.deadline",
    "agents.digests",
    "agents.errors",
    "agents.json_value",
    "agents.timestamps",
)
PORTS = ("agents.access", "agents.configuration", "agents.runtime", "agents.supply_chain", "agents.telemetry")

# Package -> what it may import of ours beside itself and the leaves; the first prefix that fits a module counts.
ALLOWED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(LEAVES, ("agents.errors",)),
    "agents.telemetry": (),
    "agents.access": ("agents.telemetry",),
    "agents.configuration": ("agents.access", "agents.telemetry"),
    "agents.runtime": ("agents.configuration", "agents.access", "agents.telemetry"),
    "agents.supply_chain": ("agents.runtime", "agents.access", "agents.configuration"),
    "agents.adapters": PORTS,
    "agents.api": ("agents.configuration", "agents.runtime", "agents.access", "agents.telemetry"),
    "agents.cli": ("agents.configuration", "agents.runtime", "agents.access", "agents.telemetry", "agents.client"),
    "agents.client": (),
    "agents.bootstrap": ("agents",),
    "agents.entry": ("agents",),
    "delivery.commands": ("delivery", "agents.cli.output"),
    "delivery": ("components", "policies.rules", "agents.telemetry", "agents.client", "agents.supply_chain"),
    "components": ("agents.telemetry",),
    "policies": (),
    "__main__": ("components",),
}
MODULES = sorted(
    path
    for folder in (*OURS, ".")
    for path in (ROOT / folder).glob("*.py" if folder == "." else "**/*.py")
    if "__pycache__" not in path.parts
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_the_table_allows(path: Path) -> None:
    """Each import of ours is of the module's own package, of a leaf, or in its row of the table."""
    module = _name(path)
    own = next((prefix for prefix in sorted(ALLOWED, key=len, reverse=True) if _within(module, prefix)), None)
    assert own is not None or module == "agents", f"{module} has no row in the table"
    allowed = (*ALLOWED[own], own, *(() if own == "policies" else LEAVES)) if own else ()
    if own in LEAVES:
        allowed = ALLOWED[own]
    wrong = sorted(name for name in _imports(path) if not any(_within(name, prefix) for prefix in allowed))
    assert not wrong, f"{module} imports {wrong}"


def test_adapters_do_not_import_each_other() -> None:
    """An adapter knows ports, never another technology's adapter."""
    folder = ROOT / "agents" / "adapters"
    for path in folder.rglob("*.py"):
        own = _name(path).split(".")[2:3]
        others = {name.split(".")[2] for name in _imports(path) if name.startswith("agents.adapters.")}
        assert others <= {*own, "aws", "key_file"}, f"{_name(path)} imports {others}"


def test_only_entry_points_import_bootstrap() -> None:
    """What knows every class is imported by the entry points alone, so nothing else can reach for it."""
    for path in MODULES:
        if not _name(path).startswith(("agents.entry", "agents.bootstrap")):
            assert not any(name.startswith("agents.bootstrap") for name in _imports(path)), _name(path)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def _imports(path: Path) -> set[str]:
    """Our modules that a file imports, also inside functions and under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            # `from agents import contract` names the module only in the list.
            found |= {f"{node.module}.{a.name}" if node.module in OURS else node.module for a in node.names}
    return {name for name in found if name.split(".")[0] in OURS}
