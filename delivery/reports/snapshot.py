"""Everything of a plan that a comparison needs, as plain data without secrets.

Also a program: `python snapshot.py FOLDER DAY FILE STACK...` plans stacks of another revision with that revision's own
packages, which is why this module imports nothing of ours but the plan, and that only when it runs.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from delivery.plan import Plan

Json: TypeAlias = "dict[str, object]"

SECRET: Final = "(secret)"  # noqa: S105 - stands where one was
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"  # of the engine's wire format: marks what is no plain value
_SECRET_KIND: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a kind, not a secret


def snapshot(plan: Plan) -> Json:
    """Resources with their inputs, and findings. A secret is a digest, so that a comparison sees that it changed."""
    return {
        "resources": [
            {
                "urn": one.urn,
                "type": one.type,
                "name": one.name,
                "custom": one.custom,
                "parent": one.parent,
                "provider": one.provider,
                "protect": one.protect,
                "retain": one.retain,
                "location": one.location,
                "inputs": _masked(one.values),
                "dependencies": list(one.dependencies),
                "property_dependencies": {key: list(urns) for key, urns in one.property_dependencies.items()},
            }
            for one in plan.recording.registrations
        ],
        "findings": [
            {"rule": one.rule, "urn": one.urn, "what": getattr(one, "what", ""), "message": one.message}
            for one in plan.findings
            if getattr(one, "exempt", None) is None
        ],
    }


def _masked(value: object) -> object:
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET_KIND:
            given = json.dumps(value.get("value"), sort_keys=True)
            return {SECRET: hashlib.sha256(given.encode()).hexdigest()}
        return {key: _masked(one) for key, one in value.items() if key != _SIGNATURE}
    return [_masked(one) for one in value] if isinstance(value, list) else value


def main(folder: Path, day: str, file: Path, stacks: list[str]) -> None:
    """Writes {stack: its snapshot, or null where the revision has no such stack} to the file."""
    from agents.errors import NotFoundError  # noqa: PLC0415 - the revision's, not this one's
    from delivery.plan import plan  # noqa: PLC0415 - the same

    dated = {"today": date.fromisoformat(day)} if "today" in inspect.signature(plan).parameters else {}
    found: dict[str, Json | None] = {}
    for stack in stacks:
        try:
            found[stack] = snapshot(plan(stack, folder, **dated))
        except NotFoundError:
            found[stack] = None
    file.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
