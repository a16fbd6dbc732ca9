"""A query without a filter reads the whole lake, and is paid for by the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

GB: Final = 1_000_000_000


def _limit(count: int) -> dict[str, object]:
    return {"configuration": {"bytesScannedCutoffPerQuery": count}}


@rule(
    id="athena-bytes-bounded",
    title="Workgroups stop a query that reads too much",
    applies_to="aws:athena/workgroup:Workgroup",
    severity=Severity.MEDIUM,
    fix="Set bytes_scanned_cutoff_per_query of the configuration.",
    unique=True,
    frameworks=("NIST 800-53:SC-5",),
    parameters={"most_gigabytes": Parameter(100, "Most that one query may read, in GB.")},
    ok=(_limit(10 * GB), Of(_limit(1 * GB), config={"most_gigabytes": 1})),
    bad=({}, {"configuration": {}}, _limit(101 * GB), Of(_limit(2 * GB), config={"most_gigabytes": 1})),
)
def bytes_bounded(workgroup: Resource) -> Iterator[str]:
    limit, most = workgroup.number("configuration.bytesScannedCutoffPerQuery"), workgroup.config["most_gigabytes"]
    if limit <= 0:
        yield "bytesScannedCutoffPerQuery is not set"
    elif limit > int(most) * GB:
        yield f"a query may read {limit / GB:g} GB, at most {most} are asked for"
