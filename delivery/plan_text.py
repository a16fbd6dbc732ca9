"""A plan for a terminal: the tree of resources, defects, findings under their resource, and the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .defects import Defect
    from .findings import Finding, NotEvaluated
    from .plan import Plan
    from .recorder import Registration

_MARK: Final = {"mandatory": "✗", "advisory": "!"}


def text(plan: Plan) -> str:
    """The report, without colour, one finding with its fix on the next line."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield from _tree(plan.recording.registrations)
    yield from _defects(plan.defects)
    yield from _findings(plan.findings)
    yield from _not_evaluated(plan.not_evaluated)
    summary = plan.summary()
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
        yield f"Next: make up STACK={summary['stack']}"


def _tree(registrations: tuple[Registration, ...]) -> Iterator[str]:
    depth: dict[str, int] = {"": -1}
    for one in registrations:
        level = depth[one.urn] = depth.get(one.parent, 0) + 1
        kept = "  (protected)" if one.protect else ""
        yield f"{'  ' * level}{one.name}  {one.type}{kept}"


def _defects(found: tuple[Defect, ...]) -> Iterator[str]:
    if found:
        yield ""
        yield "Defects of the program:"
    for one in found:
        yield f"  ✗ {one}"


def _findings(findings: tuple[Finding, ...]) -> Iterator[str]:
    by_resource: dict[str, list[Finding]] = {}
    for one in findings:
        by_resource.setdefault(one.urn, []).append(one)
    for urn, group in by_resource.items():
        yield ""
        yield f"{_name(urn)}  {group[0].type}  {group[0].location}"
        for one in group:
            mark = "-" if one.exempt else _MARK[one.enforcement]
            yield f"  {mark} {one.rule} ({one.severity}): {one.message}"
            yield f"    {one.fix} {one.url}".rstrip()


def _not_evaluated(skipped: tuple[NotEvaluated, ...]) -> Iterator[str]:
    if skipped:
        yield ""
        yield "Not evaluated, because a property is unknown before the resources exist:"
    for one in skipped:
        yield f"  ? {one.rule}: {_name(one.urn)}: {one.reason}  {one.location}".rstrip()


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
