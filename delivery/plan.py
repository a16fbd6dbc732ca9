"""The plan of a stack: what would be registered, what is wrong with it, and what the policies say of it.

No engine, no credentials.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .analysis import Servicer, analyse
from .defects import Defect, defects
from .recorder import Recording, record
from .stack_files import Stack, read_stack

if TYPE_CHECKING:
    from .findings import Finding, NotEvaluated
    from .policy_configuration import Setting

FOLDER: Final = Path(__file__).parents[1]  # the project's: a plan works from any directory


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A recording and what was found in it."""

    recording: Recording
    defects: tuple[Defect, ...]
    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]

    @property
    def blocked(self) -> bool:
        """Whether a defect or a mandatory finding keeps the stack from being deployed."""
        return bool(self.defects) or any(one.blocks for one in self.findings)

    def summary(self) -> dict[str, object]:
        """Counts, and what was assumed because no account was asked."""
        enforcement = Counter(one.enforcement for one in self.findings if one.exempt is None)
        return {
            "stack": self.recording.stack.name,
            "resources": len(self.recording.registrations),
            "defects": len(self.defects),
            "mandatory": enforcement["mandatory"],
            "advisory": enforcement["advisory"],
            "not_evaluated": len(self.not_evaluated),
            "exempt": sum(one.exempt is not None for one in self.findings),
            "assumed": list(self.recording.assumed),
            "warned": list(self.recording.warned),
        }

    def as_json(self) -> dict[str, object]:
        """The whole report. Inputs are left out: some are secret."""
        return {
            "resources": [
                {
                    "urn": one.urn,
                    "type": one.type,
                    "name": one.name,
                    "parent": one.parent,
                    "protect": one.protect,
                    "location": one.location,
                }
                for one in self.recording.registrations
            ],
            "defects": [asdict(one) for one in self.defects],
            "findings": [asdict(one) for one in self.findings],
            "not_evaluated": [asdict(one) for one in self.not_evaluated],
            "exemptions": [asdict(one) for one in self.findings if one.exempt is not None],
            "summary": self.summary(),
        }


def plan(name: str, folder: Path = FOLDER) -> Plan:
    """The plan of the stack of that name.

    Raises NotFoundError for a stack that has no file, InvalidError for settings that the program refuses.
    """
    stack = read_stack(folder, name)
    recording = record(folder, stack, twice=True)
    findings, not_evaluated = analyse(recording, Servicer(parameters(stack)))
    return Plan(
        recording=recording,
        defects=defects(recording),
        findings=findings,
        not_evaluated=not_evaluated,
    )


def parameters(stack: Stack) -> dict[str, dict[str, Setting]]:
    """What the rules must know of the stack: the words that its names are made of."""
    return {
        "name-pattern": {
            "prefix": _setting(stack, "project", "prefix"),
            "environment": _setting(stack, "environment", "name"),
        },
    }


def _setting(stack: Stack, section: str, key: str) -> str:
    """A setting that the program has accepted, or empty where it is left to its default."""
    text = stack.config.get(f"{stack.project}:{section}", "{}")
    value = json.loads(text)
    return str(value.get(key, "")) if isinstance(value, dict) else ""
