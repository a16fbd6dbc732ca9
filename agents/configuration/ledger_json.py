"""A report of the ledger in JSON's types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from agents.configuration.ledger import Applied, Desired, Report
    from agents.json_value import Json


def as_json(report: Report) -> dict[str, Json]:
    """The report in JSON's types, as the API and the command line show it."""
    return {
        "at": rfc3339(report.at),
        "converged": report.converged(),
        "converged_but_draining": report.converged(allow_draining=True),
        "waits_for": list(report.waits_for()),
        "lag_ms": {"p50": _ms(report.lag_p50_s), "p99": _ms(report.lag_p99_s)},
        "stale": list(report.stale),
        "desired": [_desired(one) for one in report.desired],
        "instances": [_applied(one) for one in report.applied],
    }


def _desired(one: Desired) -> dict[str, Json]:
    return {"key": one.key, "digest": one.digest, "versions": dict(one.versions), "since": rfc3339(one.since)}


def _applied(one: Applied) -> dict[str, Json]:
    return {
        "instance": one.instance,
        "key": one.key,
        "standing": one.standing,
        "desired": one.desired,
        "digest": one.digest,
        "versions": dict(one.versions),
        "running": one.running,
        "reason": one.reason,
        "at": rfc3339(one.at),
        "seen_at": rfc3339(one.seen_at),
        "lag_ms": _ms(one.lag_s),
    }


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
