"""The stacks that lie in the project folder, read as the engine would hand them to the program."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError, NotFoundError

from .yaml_files import read_document, read_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .yaml_files import Value

PROJECT_FILE: Final = "Pulumi.yaml"
_SECRET: Final = "[secret]"  # noqa: S105 - stands for a secret: a plan neither needs nor can decrypt one


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack's name, its project, and its configuration as text, structures as JSON."""

    name: str
    project: str
    config: dict[str, str]
    secret_keys: tuple[str, ...]


def stack_names(folder: Path) -> tuple[str, ...]:
    """Names of the stacks that have a file in the folder."""
    files = sorted(folder.glob("Pulumi.*.yaml"))
    return tuple(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)


def read_stack(folder: Path, name: str) -> Stack:
    """The stack of that name. Raises NotFoundError naming those there are, InvalidError with the file's problem."""
    names = stack_names(folder)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        meant = f", did you mean {near[0]}?" if near else ""
        there = f"the stacks are {', '.join(names)}" if names else f"no Pulumi.<stack>.yaml lies in {folder}"
        raise NotFoundError(f"there is no stack {name!r}{meant or ':'} {there}")
    project = read_mapping(folder / PROJECT_FILE)
    label = str(project.get("name", ""))
    config: dict[str, str] = {}
    secrets: list[str] = []
    own = read_mapping(folder / f"Pulumi.{name}.yaml").get("config")
    if own is None:
        own = {}
    if not isinstance(own, dict):
        raise InvalidError(f"Pulumi.{name}.yaml: `config` is not a mapping", fix="Indent the keys below it")
    for key, value in own.items():
        full = key if ":" in key else f"{label}:{key}"
        if isinstance(value, dict) and "secure" in value:
            config[full] = _SECRET
            secrets.append(full)
        else:
            config[full] = _text(value)
    return Stack(name=name, project=label, config=config, secret_keys=tuple(secrets))


def lines_of(folder: Path, stack: Stack) -> Callable[[Sequence[str]], int | None]:
    """Where the stack's file says a setting: ("api", "burst") -> 12; None for what it does not say."""
    document = read_document(folder / f"Pulumi.{stack.name}.yaml")

    def line(path: Sequence[str]) -> int | None:
        section, *below = path
        full = document.line(("config", f"{stack.project}:{section}", *below))
        return full or document.line(("config", section, *below))

    return line


def _text(value: Value) -> str:
    """A value as the engine hands it on: text as it is, nothing as empty text, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
