"""The plan of a stack: what would be registered, what is wrong with it, and what the policies say of it.

No engine, no credentials.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError
from components.capabilities import missing
from policies.rules import RULES
from policies.rules._exemptions import FILE, ExemptionsError, Ledger, read_exemptions

from .analysis import Servicer, analyse
from .defects import Defect, defects
from .policy_configuration import LEVEL
from .profiles import SWITCHES, read_profile, without
from .recorder import Recording, record
from .stack_files import Stack, read_stack

if TYPE_CHECKING:
    from datetime import date

    from policies.rules._exemptions import Exemption

    from .findings import Finding, NotEvaluated
    from .policy_configuration import Parameters

FOLDER: Final = Path(__file__).parents[1]  # the project's: a plan works from any directory
_NAMING: Final = "name-pattern"
_EXPIRED: Final = "exemption-expired"


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

    @property
    def exit_code(self) -> int:
        """0 clean, 1 something blocks, 2 an exemption has run out: somebody must decide before anything else."""
        if any(one.rule == _EXPIRED for one in self.findings):
            return 2
        return 1 if self.blocked else 0

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


def plan(name: str, folder: Path = FOLDER, *, today: date) -> Plan:
    """The plan of the stack of that name, with the exemptions that hold `today`.

    Raises NotFoundError for a stack that has no file, InvalidError for settings that the program refuses, and for a
    profile or exemptions that cannot be read.
    """
    stack = read_stack(folder, name)
    given, exemptions = parameters(stack, folder), _exemptions(folder)
    recording = record(folder, stack, twice=True)
    servicer = Servicer(given, ledger=Ledger(exemptions=exemptions, today=today))
    findings, not_evaluated = analyse(recording, servicer)
    return Plan(
        recording=recording,
        defects=defects(recording),
        findings=findings,
        not_evaluated=not_evaluated,
    )


def parameters(stack: Stack, folder: Path = FOLDER) -> Parameters:
    """What the rules must know: the stack's profile, and the words that its names are made of."""
    off = [name for name, on in _section(stack, "features").items() if on is False]
    region = _setting(stack, "environment", "region")
    off += [name for name in SWITCHES if missing(name, region)]
    given = dict(without(read_profile(folder, stack.name), off))
    words = {
        "prefix": _setting(stack, "project", "prefix"),
        "environment": _setting(stack, "environment", "name"),
    }
    own = given.get(_NAMING, {})
    given[_NAMING] = {LEVEL: own, **words} if isinstance(own, str) else {**words, **own}
    return given


def _exemptions(folder: Path) -> tuple[Exemption, ...]:
    try:
        return read_exemptions(folder / "policies" / FILE.name, {rule.id for rule in RULES})
    except ExemptionsError as error:
        raise InvalidError(str(error), fix="Mend policies/exemptions.toml, then run again.") from None


def _setting(stack: Stack, section: str, key: str) -> str:
    """A setting that the program has accepted, or empty where it is left to its default."""
    return str(_section(stack, section).get(key, ""))


def _section(stack: Stack, section: str) -> dict[str, object]:
    value = json.loads(stack.config.get(f"{stack.project}:{section}") or "{}")
    return value if isinstance(value, dict) else {}
