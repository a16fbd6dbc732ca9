"""Writes what the agents' code calls, for the policy pack: `python -m delivery.policy_grants [--check]`.

The pack imports nothing of ours, so it reads from a file which actions each handler needs, what Lambda does to run a
function, and where grants and code differ with good reason. Lines of code are left out: they change every day.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.contract import FUNCTIONS

from .boto_calls import reached
from .call_actions import call_actions, exemptions

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).parents[1] / "policies" / "data" / "grants.json"


def content() -> str:
    """The file as it should be. Raises InvalidError for code whose calls cannot be followed."""
    handlers = sorted({function.handler for function in FUNCTIONS})
    hosting = [vars(one) | {"actions": list(one.actions)} for one in call_actions().hosting]
    written = {
        "functions": sorted(function.name for function in FUNCTIONS),
        "needs": {handler: _needs(handler) for handler in handlers},
        "hosting": hosting,
        "excused": _excused(),
    }
    return json.dumps(written, indent=1) + "\n"


def _needs(handler: str) -> Mapping[str, str]:
    """Action -> why the code behind the handler needs it."""
    needs = sorted(call_actions().needs(reached(handler)))
    return {one.action: " ".join((one.why, one.where.partition(":")[0])).strip() for one in reversed(needs)}


def _excused() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Function -> `granted` or `called` -> action -> reason."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for (function, kind, action), reason in sorted(exemptions().items()):
        found.setdefault(function, {}).setdefault(kind, {})[action] = reason
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the file is stale")
    wanted = content()
    if parser.parse_args().check:
        if not FILE.is_file() or FILE.read_text() != wanted:
            sys.exit(f"{FILE.name} is stale: run `python -m delivery.policy_grants`")
        return
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(wanted)


if __name__ == "__main__":
    main()
