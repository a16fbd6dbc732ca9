"""A plan for a terminal: resources, defects, findings under their resource, exemptions, cost, and the counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from .reports.cost import by_type, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .defects import Defect
    from .findings import Finding, NotEvaluated
    from .plan import Plan
    from .recorder import Registration
    from .reports.cost import Cost

_MARK: Final = {"mandatory": "✗", "advisory": "!"}
_SCREEN: Final = 40  # resources; a larger stack is shown by component, so that what is wrong stays in sight
_DEAREST: Final = 8  # types in the cost table


def text(plan: Plan, *, tree: bool = False) -> str:
    """The report, without colour, one finding with its fix on the next line; `tree` shows every resource."""
    return "\n".join(_lines(plan, tree=tree)) + "\n"


def _lines(plan: Plan, *, tree: bool) -> Iterator[str]:
    registrations = plan.recording.registrations
    summary = plan.summary()
    if tree or len(registrations) <= _SCREEN:
        yield from _tree(registrations)
    else:
        yield from _components(registrations, str(summary["stack"]))
    yield from _defects(plan.defects)
    yield from _findings(plan.findings)
    yield from _exemptions(plan.findings)
    yield from _not_evaluated(plan.not_evaluated)
    yield from _cost(estimate(plan.recording))
    yield ""
    yield (
        f"{summary['stack']}: {summary['resources']} resources, {summary['mandatory']} mandatory and"
        f" {summary['advisory']} advisory findings, {summary['not_evaluated']} not evaluated,"
        f" {summary['exempt']} exempt"
    )
    yield from (f"Assumed: {one}." for one in plan.recording.assumed)
    yield from (f"Warned: {one}." for one in plan.recording.warned)
    if plan.defects:
        yield f"Nothing can be deployed until the program's defects are mended: {len(plan.defects)}."
    elif plan.blocked:
        yield "Nothing can be deployed until the mandatory findings are mended."
    else:
        yield f"Next: qm up --stack {summary['stack']}"


def _tree(registrations: tuple[Registration, ...]) -> Iterator[str]:
    depth: dict[str, int] = {"": -1}
    for one in registrations:
        level = depth[one.urn] = depth.get(one.parent, 0) + 1
        kept = "  (protected)" if one.protect else ""
        yield f"{'  ' * level}{one.name}  {one.type}{kept}"


def _components(registrations: tuple[Registration, ...], stack: str) -> Iterator[str]:
    """One line a component: how many resources it has, and of which kinds most."""
    inside: dict[str, list[Registration]] = {}
    owner: dict[str, Registration] = {}
    for one in registrations:
        if one.custom:
            inside.setdefault(owner[one.parent].name if one.parent in owner else stack, []).append(one)
        elif one.parent:
            owner[one.urn] = owner.get(one.parent, one)
    width = max(map(len, inside), default=0)
    yield f"Resources by component (`qm plan --stack {stack} --tree` shows each):"
    for name, children in inside.items():
        kinds = Counter(_kind(one.type) for one in children)
        most = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda kv: (-kv[1], kv[0]))[:4])
        more = f", {len(kinds) - 4} other kinds" if len(kinds) > 4 else ""  # noqa: PLR2004 - as many as are named
        kept = sum(one.protect for one in children)
        yield f"  {name:<{width}}  {len(children):>3}  {most}{more}{f'  ({kept} protected)' if kept else ''}"


def _kind(token: str) -> str:
    return token.rpartition(":")[2] if token.startswith("aws:") else token


def _defects(found: tuple[Defect, ...]) -> Iterator[str]:
    if found:
        yield ""
        yield "Defects of the program:"
    for one in found:
        yield f"  ✗ {one}"


def _findings(findings: tuple[Finding, ...]) -> Iterator[str]:
    by_resource: dict[str, list[Finding]] = {}
    for one in findings:
        if one.exempt is None:
            by_resource.setdefault(one.urn, []).append(one)
    for urn, group in by_resource.items():
        yield ""
        yield f"{_name(urn)}  {group[0].type}  {group[0].location}".rstrip()
        for one in group:
            yield f"  {_MARK[one.enforcement]} {one.rule} ({one.severity}): {one.message}"
            yield f"    {one.fix} {one.url}".rstrip()


def _exemptions(findings: tuple[Finding, ...]) -> Iterator[str]:
    exempt = [one for one in findings if one.exempt is not None]
    if exempt:
        yield ""
        yield "Exempt:"
    for one in exempt:
        if one.exempt is not None:
            yield f"  - {one.rule}: {_name(one.urn)}: {one.message}"
            yield f"    until {one.exempt.until}, {one.exempt.owner}: {one.exempt.reason}"


def _not_evaluated(skipped: tuple[NotEvaluated, ...]) -> Iterator[str]:
    if skipped:
        yield ""
        yield "Not evaluated, because a property is unknown before the resources exist:"
    for one in skipped:
        yield f"  ? {one.rule}: {_name(one.urn)}: {one.reason}  {one.location}".rstrip()


def _cost(cost: Cost) -> Iterator[str]:
    yield ""
    where = f", all at the prices of {cost.priced_as}" if cost.priced_as else ""
    seen = f"by prices seen up to {cost.dated}{where}"
    yield f"Estimated cost: {cost.monthly} {cost.currency} a month at light use, {seen}"
    dearest = by_type(cost)
    for type_, monthly, count in dearest[:_DEAREST]:
        yield f"  {monthly:>9}  {count:>3} {_kind(type_)}"
    if rest := dearest[_DEAREST:]:
        yield f"  {sum(monthly for _, monthly, _ in rest):>9}  {len(rest)} other types"
    if cost.unknown:
        named = ", ".join(f"{_kind(one.type)}{f' ({one.item})' if one.item else ''}" for one in cost.unknown)
        yield f"    unknown  {named}"


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
