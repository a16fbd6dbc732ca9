"""What pulumi reads, made under `var/`: a copy of the project to write into, and what the policies must know."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

from delivery.stack_files import PROJECT_FILE, read_stack

if TYPE_CHECKING:
    from pathlib import Path

    from delivery.places import Places

_POLICY_CONFIG: Final = "policy-config.json"


def copy_project(places: Places, stack: str) -> Path:
    """A copy of the stack's file, beside one of the project's; returns the former.

    pulumi writes the salt of a new stack into the file that it reads settings from, and that one is under version
    control. So who only looks makes the stack in this folder, and lets its settings be read here.
    """
    folder = places.stack(stack) / "project"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(places.root / PROJECT_FILE, folder)
    config = folder / f"Pulumi.{stack}.yaml"
    shutil.copy(places.root / config.name, config)
    return config


def policy_config(places: Places, stack: str) -> Path:
    """The file with the policies' parameters, so that the engine judges as `qm plan` does."""
    from delivery.plan import parameters  # noqa: PLC0415 - loads the SDK: what does not deploy does without

    file = places.stack(stack) / _POLICY_CONFIG
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(parameters(read_stack(places.root, stack), places.root), indent=2))
    return file
