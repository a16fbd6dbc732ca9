"""Which level and parameters each rule has in an environment: `policies/profiles/<profile>.json`.

The same file goes to the engine as `--policy-pack-config` and to `qm plan`, so both judge alike.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast

from agents.errors import InvalidError
from components.sizing import size_name
from policies.rules import RULES

from .policy_configuration import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from policies.rules._rule import Rule

    from .policy_configuration import Parameters

FOLDER: Final = "policies/profiles"
# A part that a stack's file switches off takes the rules that ask for it along: whoever reads the file sees why.
SWITCHES: Final[Mapping[str, tuple[str, ...]]] = {
    "backup": ("backup-covers-state",),
    "budget": ("budget-exists",),
    "guardrail": ("bedrock-guardrail-exists", "bedrock-invoke-guarded"),
    "tracing": ("api-stage-tracing", "lambda-tracing"),
    "trail": ("cloudtrail-multi-region", "cloudtrail-present"),
    "vpc": ("lambda-in-vpc", "lambda-two-zones"),
    "waf": ("api-stage-behind-firewall",),
}


def profile_name(stack: str) -> str:
    """The profile of a stack, as it is sized: previews are judged as dev is."""
    return size_name(stack)


def read_profile(root: Path, stack: str, rules: tuple[Rule, ...] = RULES) -> Parameters:
    """The stack's profile, empty where the project has none.

    Raises InvalidError that names every mistake with file and line.
    """
    place = f"{FOLDER}/{profile_name(stack)}.json"
    try:
        text = (root / place).read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError(f"{place}: cannot be read: {type(error).__name__}", fix="Mend the file.") from error
    given = _parsed(text, place)
    wrong = [f"{place}:{_line(text, rule)}: {rule}{message}" for rule, message in problems(rules, given)]
    if wrong:
        raise InvalidError("\n".join(wrong), fix="Mend the profile, then run again.")
    return given


def _parsed(text: str, place: str) -> Parameters:
    try:
        given = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise InvalidError(f"{place}:{error.lineno}: {error.msg}", fix="Write JSON.") from error
    except _TwiceError as error:
        raise InvalidError(f"{place}: {error} is written twice", fix="Write it once.") from error
    if not isinstance(given, dict) or not all(isinstance(one, (str, dict)) for one in given.values()):
        raise InvalidError(f'{place}: write an object of rules, as {{"logs-retention-set": {{"least_days": 30}}}}')
    return cast("Parameters", given)


class _TwiceError(ValueError):
    pass


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found


def _line(text: str, rule: str) -> int:
    match = re.search(rf"{re.escape(json.dumps(rule))}\s*:", text)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def without(given: Parameters, switched_off: Iterable[str]) -> Parameters:
    """The profile where some features are switched off by the stack's own file."""
    rules = [rule for feature in switched_off for rule in SWITCHES.get(feature, ())]
    return {**given, **dict.fromkeys(rules, "disabled")}
