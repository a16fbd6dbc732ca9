"""Background jobs: each runs whatever became of the others, all within one deadline."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias

from agents.access.audit_anchor import make_anchor
from agents.access.ports import KEEP_DAYS
from agents.configuration.deployed import UNKNOWN
from agents.configuration.validity import find_misfits
from agents.errors import QuartermasterError
from agents.telemetry.measures import timed
from agents.telemetry.metrics import CONFIGURATIONS_INVALID, WORKER_FAILURES, WORKER_LATENCY, WORKER_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from agents.access.ports import AnchorStore, AuditLog, Signer
    from agents.configuration.deployed import Deployed
    from agents.configuration.documents import Content
    from agents.configuration.ports import ConfigStore
    from agents.deadline import Deadline
    from agents.telemetry.measures import Measures

    Job: TypeAlias = Callable[[Deadline], None]

log = logging.getLogger(__name__)


def run_jobs(jobs: Mapping[str, Job], *, deadline: Deadline, measures: Measures) -> None:
    """Runs each job by its name. They may run again at any time, so a job leaves the same behind twice.

    Raises QuartermasterError at the end, naming the jobs that failed: whoever started them tries again, or reports it.
    """
    failed = []
    for name, job in jobs.items():
        try:
            with timed(measures, WORKER_RUNS, WORKER_LATENCY, job=name):
                deadline.check(f"the job {name}")
                job(deadline)
        except Exception:  # a job is no reason not to run the next
            log.exception("the job %s failed", name)
            measures.record(WORKER_FAILURES, job=name)
            failed.append(name)
    if failed:
        raise QuartermasterError(f"jobs failed: {', '.join(failed)}", fix="Their traces are in the log.")


def check_configurations(  # noqa: PLR0913 - what is checked against what
    store: ConfigStore,
    *,
    agents: Collection[str],
    tools: Collection[str],
    checks: Mapping[str, Callable[[Content], object]],
    environment: str,
    measures: Measures,
    deployed: Deployed = UNKNOWN,
    now: Callable[[], datetime],
) -> Job:
    """The job that finds published layers which do not fit together, logs each and counts them."""

    def job(deadline: Deadline) -> None:
        misfits = find_misfits(
            store,
            agents=agents,
            tools=tools,
            checks=checks,
            environment=environment,
            deadline=deadline,
            deployed=deployed,
            today=now().date(),
        )
        for misfit in misfits:
            layers = ", ".join(f"{layer} version {number}" for layer, number in misfit.versions.items()) or "no layer"
            log.error("%s does not load from %s: %s", misfit.key, layers, misfit.reason)
        measures.record(CONFIGURATIONS_INVALID, len(misfits))

    return job


def anchor_audit(  # noqa: PLR0913 - the ports, and what the anchor says of itself
    log: AuditLog,
    anchors: AnchorStore,
    signer: Signer,
    *,
    tenant: str,
    now: Callable[[], datetime],
    keep_days: int = KEEP_DAYS,
) -> Job:
    """The job that signs the heads of the audit's chains, so that nobody can rewrite them from then on.

    A chain that is broken is left out and fails the job, and the others are signed all the same.
    """

    def job(deadline: Deadline) -> None:
        _, broken = make_anchor(log, anchors, signer, tenant=tenant, now=now(), deadline=deadline, keep_days=keep_days)
        if broken:
            raise QuartermasterError(
                f"the audit was changed: {'; '.join(broken[:10])}",
                fix="Run `qm audit verify`, and keep the store as it is.",
            )

    return job
