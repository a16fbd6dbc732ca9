"""The plans of some stacks in every form that `qm plan` gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from delivery.plan_text import text
from policies.rules import RULES

from . import changes_text, files, junit, markdown, sarif
from .changes import Changes, changes
from .cost import estimate
from .revision import before
from .snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from delivery.plan import Plan


@dataclass(frozen=True)
class Report:
    """Plans, and what each changes against a revision, by the stack's name."""

    plans: Sequence[Plan]
    changes: Mapping[str, Changes] = field(default_factory=dict)

    def text(self, *, tree: bool = False) -> str:
        """For a terminal; what a stack changes comes last, where it is seen."""
        parts = []
        for plan in self.plans:
            found = self.changes.get(plan.recording.stack.name)
            parts.append(text(plan, tree=tree) + (f"\n{changes_text.text(found)}\n" if found else ""))
        return "\n".join(parts).rstrip()

    def as_json(self) -> list[dict[str, object]]:
        """An object a stack, as `docs/plan.schema.json` describes it."""
        told = []
        for plan in self.plans:
            found = self.changes.get(plan.recording.stack.name)
            told.append(
                {
                    **plan.as_json(),
                    "cost": estimate(plan.recording).as_json(),
                    **({"changes": found.as_json()} if found else {}),
                },
            )
        return told

    def write(self, *, sarif: Path | None, markdown: Path | None, junit: Path | None) -> None:
        """Writes the files that are asked for. Raises SetupError for one that cannot be written."""
        for path, make in ((sarif, self._sarif), (markdown, self._markdown), (junit, self._junit)):
            if path is not None:
                files.write(path, make())

    def _sarif(self) -> str:
        return sarif.text(self.plans, RULES)

    def _markdown(self) -> str:
        return markdown.text(self.plans, self.changes)

    def _junit(self) -> str:
        return junit.text(self.plans, RULES)


def compared(plans: Sequence[Plan], folder: Path, revision: str | None, today: date) -> dict[str, Changes]:
    """What each plan changes against the revision; nothing without one."""
    if revision is None:
        return {}
    names = [plan.recording.stack.name for plan in plans]
    found = before(folder, revision, names, today)
    label = revision if found.commit.startswith(revision) else f"{revision} ({found.commit})"
    return {
        name: changes(found.stacks[name], snapshot(plan), plan, revision=label, notes=found.notes)
        for name, plan in zip(names, plans, strict=True)
    }
