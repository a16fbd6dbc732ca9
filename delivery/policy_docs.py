"""Writes the pack's two pages from the rules themselves: `python -m delivery.policy_docs [--check]`.

`policies/README.md` is the table and how to add a rule, `docs/policies.md` says of each rule why, how to mend, and
what good and bad look like.
"""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.rules import RULES
from policies.rules._rule import UNKNOWN, Scope

from .policy_examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.rules._rule import Parameter, Rule

ROOT: Final = Path(__file__).parents[1]
FILE: Final = ROOT / "policies" / "README.md"
GUIDE: Final = ROOT / "docs" / "policies.md"
_SHOWN: Final = 3  # types in a row; a rule for more is described by their number
_HEAD: Final = """\
<!-- Written by `python -m delivery.policy_docs`; edit the rules instead. -->
# The policy pack

What Quartermaster may deploy. The engine checks it before anything is created:
`pulumi preview --policy-pack policies`; `qm plan --stack dev` checks the same without an engine or an account.
Why each rule exists, how to mend what it finds, and examples: [docs/policies.md](../docs/policies.md).

## Add a rule in five minutes
1. Write one file, `rules/<service>/<rule>.py`. Dropping it in registers it. Save this one as
   `rules/ssm/tier_standard.py`:

```python
\"\"\"An advanced parameter is paid for each month, and what is kept here fits a standard one.\"\"\"

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ssm-tier-standard",
    title="Parameters are of the standard tier",
    applies_to="aws:ssm/parameter:Parameter",
    severity=Severity.LOW,
    fix="Leave tier out.",
    ok=({}, {"tier": "Standard"}),
    bad=({"tier": "Advanced"},),
)
def tier_standard(parameter: Resource) -> Iterator[str]:
    if parameter.text("tier") == "Advanced":
        yield "tier is Advanced"
```

2. Run `.venv/bin/python -m pytest tests/policies -k ssm-tier-standard`: the examples are the tests, and each is also
   tried with unknown values.
3. Run `.venv/bin/python -m delivery.policy_docs`, which writes this page, and `qm policy check`.

Read properties by path: `resource.known("versioning.enabled")`. A rule that needs a value which a preview cannot know
ends as "not evaluated", which is shown, and blocks nothing unless the profile says so. `resource.is_set(...)` is true
for what the program sets itself, known or not. What only several resources together can show is a `@stack_rule`
(`rules/s3/public_access_block_present.py`); it joins them by what a property depends on. What the engine does not
tell a pack is a `@graph_rule`, which only `qm plan` asks. Never put a value that may be secret in a message.
An id of another pack in `sources` needs its line in `data/outside.toml`.

## Configure
Levels (`advisory`, `mandatory`, `disabled`) and parameters stand in `profiles/`, a file for each size of stack, which
`qm plan` and `qm up` use:
`{"name-pattern": {"prefix": "acme"}, "logs-retention-set": {"enforcementLevel": "advisory", "least_days": 30}}`

A rule with a remedy can also mend what it finds, where a profile asks the engine for it:
`{"logs-retention-set": {"enforcementLevel": "remediate"}}`. A plan never mends; it says what it finds.

## Exempt
A finding that is right and is accepted gets a table in `exemptions.toml`; one that has run out, or that nothing needs,
is itself a finding.

```toml
[[exemption]]
rule = "logs-retention-set"
resource = "import-*"
reason = "The import job writes one line a year, which the auditors want to read for ever."
owner = "data-platform"
until = 2027-06-30
```

## Rules
"""
_GUIDE_HEAD: Final = """\
<!-- Written by `python -m delivery.policy_docs`; edit the rules instead. -->
# Policies

Each rule: why it exists, how to mend what it finds, and an example of both. The pack itself is described in
[policies/README.md](../policies/README.md).
"""


def page() -> str:
    """The pack's README as it should be."""
    return _HEAD + "\n".join(_rows()) + "\n"


def guide() -> str:
    """The page of all rules as it should be."""
    by_service = groupby(sorted(RULES, key=lambda one: (one.service, one.id)), key=lambda one: one.service)
    sections = [(service, list(rules)) for service, rules in by_service]
    index = " · ".join(f"[{service}](#{service}) {len(rules)}" for service, rules in sections)
    body = "".join(f"\n## {service}\n" + "".join(map(_section, rules)) for service, rules in sections)
    return f"{_GUIDE_HEAD}\n{index}\n{body}"


def pages(root: Path = ROOT) -> Mapping[Path, str]:
    """Both pages, by their files in a project's folder."""
    return {root / FILE.relative_to(ROOT): page(), root / GUIDE.relative_to(ROOT): guide()}


def _rows() -> Iterator[str]:
    engine = sum(one.scope is Scope.ENGINE for one in RULES)
    unique = sum(one.unique for one in RULES)
    yield (
        f"{len(RULES)} rules: {engine} that the engine asks too, {len(RULES) - engine} about the program itself that"
        f" only `qm plan` asks; {unique} that no other pack has."
    )
    yield ""
    yield "| rule | severity | default | applies to | also asked by |"
    yield "|---|---|---|---|---|"
    for one in sorted(RULES, key=lambda one: one.id):
        cells = (
            f'<a id="{one.id}"></a>[`{one.id}`](../docs/policies.md#{one.id}) {one.title}',
            one.severity.value,
            one.enforcement.value,
            _types(one),
            "nobody" if one.unique else ", ".join(one.sources),
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _section(one: Rule) -> str:
    facts = [
        f"{one.severity.value}, {one.enforcement.value} by default, about {_types(one)}",
        "" if one.scope is Scope.ENGINE else "asked by `qm plan` only",
        "can be mended by the engine (`remediate`)" if one.remedy else "",
        "no other pack has it" if one.unique else "",
    ]
    lines = [
        f'\n<a id="{one.id}"></a>\n### `{one.id}`\n**{one.title}.** {" ".join(one.why.split())}\n',
        f"Fix: {one.fix}\n",
        f"{'; '.join(fact for fact in facts if fact)}.\n",
    ]
    if own := [_parameter(name, given) for name, given in one.parameters.items() if name != UNKNOWN]:
        lines.append("Parameters:\n" + "\n".join(f"- {line}" for line in own) + "\n")
    if one.sources or one.frameworks:
        lines.append(f"Also asked by: {', '.join((*one.sources, *one.frameworks))}\n")
    lines.append(f"```text\n{examples(one)}\n```\n")
    return "\n".join(lines)


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
    parser.add_argument("--check", action="store_true", help="only say whether a page is stale")
    check = parser.parse_args().check
    stale = [file for file, wanted in pages().items() if not file.exists() or file.read_text("utf-8") != wanted]
    if check and stale:
        sys.exit(f"{', '.join(file.name for file in stale)} stale: run `python -m delivery.policy_docs`")
    for file in stale:
        file.write_text(pages()[file], "utf-8")


if __name__ == "__main__":
    main()
