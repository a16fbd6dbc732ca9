"""What pulumi reads, made under `var/`: a copy of the project to write into."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from delivery.stack_files import PROJECT_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from delivery.places import Places


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
