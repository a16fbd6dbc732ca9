"""Writes the pack's page from the rules themselves: `python -m delivery.policy_docs [--check]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.rules import RULES
from policies.rules._rule import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.rules._rule import Parameter, Rule

FILE: Final = Path(__file__).parents[1] / "policies" / "README.md"
_SHOWN: Final = 3  # types in a row; a rule for more is described by their number
_HEAD: Final = """\
<!-- Written by `python -m delivery.policy_docs`; edit the rules instead. -->
# The policy pack

What Quartermaster may deploy. The engine checks it before anything is created:
`pulumi preview --policy-pack policies`; `qm plan --stack dev` checks the same without an engine or an account.

## Add a rule
1. Write `rules/<service>/<rule>.py`: a docstring that says why, `@rule(...)` with examples, a generator of messages.
   `rules/s3/no_public_acl.py` is a good one to copy. Dropping the file in registers it.
2. Read properties by path: `resource.known("versioning.enabled")`. A rule that needs a value which a preview
   cannot know ends as "not evaluated", which is shown, and blocks nothing. `resource.is_set(...)` is true for what
   the program sets itself, known or not. What only several resources together can show is a `@stack_rule`
   (`rules/s3/public_access_block_present.py`); it joins them by what a property depends on. Never put a value
   that may be secret in a message.
3. Run `python -m delivery.policy_docs` and `pytest tests/policies`: the examples are the tests.

## Configure
Levels (`advisory`, `mandatory`, `disabled`) and parameters go in a file for `--policy-pack-config`:
`{"name-pattern": {"prefix": "acme"}, "logs-retention-set": {"enforcementLevel": "advisory", "least_days": 30}}`

## Rules
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield "| rule | severity | default | why | fix | applies to | parameters | sources |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in sorted(RULES, key=lambda one: one.id):
        cells = (
            f'<a id="{one.id}"></a>`{one.id}` {one.title}',
            one.severity.value,
            one.enforcement.value,
            " ".join(one.why.split()),
            one.fix,
            _types(one),
            "; ".join(_parameter(name, given) for name, given in one.parameters.items() if name != UNKNOWN),
            ", ".join(one.sources),
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _parameter(name: str, given: Parameter) -> str:
    default = ", ".join(given.default) if isinstance(given.default, tuple) else str(given.default)
    return f"`{name}`: {given.description}" + (f" Default: {default}." if default else "")


def _types(one: Rule) -> str:
    if not one.applies_to:
        return "the whole stack"
    if len(one.applies_to) > _SHOWN:
        return f"{len(one.applies_to)} types"
    return ", ".join(f"`{token}`" for token in sorted(one.applies_to))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the page is stale")
    if not parser.parse_args().check:
        FILE.write_text(page())
    elif not FILE.exists() or FILE.read_text() != page():
        sys.exit(f"{FILE.name} is stale: run `python -m delivery.policy_docs`")


if __name__ == "__main__":
    main()
