"""Conflicts of sizes: concurrency, capacity, what production may not do without, copies of backups, alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from components.capabilities import BACKUP_PAIRS
from components.sections import Environment, Features, Monitoring, Resources
from components.sizing import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .base import Check, Conflict, Given

UNRESERVED: Final = 100  # executions that Lambda wants left to the account's other functions
ANSWERING: Final = 3  # functions that concurrency is reserved for: the API, its authoriser and the gateway
WARM: Final = 2  # functions of which executions are kept warm: the API and its authoriser
_MS: Final = 1000


def _concurrency(given: Given, resources: Resources) -> Iterator[Conflict]:
    """Lambda takes what is kept warm from what is reserved for the function, or else from the quota.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
    """
    size = resources.lambda_
    reserved_key, warm_key = (f"resources.lambda.{name}_concurrency" for name in ("reserved", "provisioned"))
    if not size.concurrency_quota:
        example = "resources.lambda.concurrency_quota: 1000"
        words = f"needs the account's quota, of which Lambda keeps {UNRESERVED}; say it, for example {example}"
        for key, wanted in ((reserved_key, size.reserved_concurrency), (warm_key, size.provisioned_concurrency)):
            if key in given.keys and wanted:
                yield key, words
        return
    most = max(0, size.concurrency_quota - UNRESERVED)
    left = f"the quota of {size.concurrency_quota}, of which {UNRESERVED} stay unreserved"
    if size.reserved_concurrency * ANSWERING > most:
        words = f"{size.reserved_concurrency} for each of {ANSWERING} functions is above {left}"
        yield reserved_key, f"{words}; write {most // ANSWERING} or less"
    if not size.reserved_concurrency and size.provisioned_concurrency * WARM > most:
        words = f"{size.provisioned_concurrency} for each of {WARM} functions is above {left}"
        yield warm_key, f"{words}; write {most // WARM} or less"
    if size.reserved_concurrency and size.provisioned_concurrency > size.reserved_concurrency:
        yield (
            warm_key,
            f"{size.provisioned_concurrency} is above reserved_concurrency; write {size.reserved_concurrency} or less",
        )


def _capacity(given: Given, resources: Resources) -> Iterator[Conflict]:
    size = resources.dynamodb
    for name in ("read_capacity", "write_capacity", "max_capacity"):
        key = f"resources.dynamodb.{name}"
        if size.billing_mode == "on_demand":
            if key in given.keys:
                yield key, "is for billing_mode: provisioned; remove it, or set billing_mode"
        elif getattr(size, name) > size.max_capacity:
            yield key, f"{getattr(size, name)} is above max_capacity; write {size.max_capacity} or less"


def _production(given: Given, features: Features, resources: Resources) -> Iterator[Conflict]:
    if given.stack != PRODUCTION:
        return
    for feature in ("multi_az", "backup", "vpc"):
        if not getattr(features, feature):
            yield f"features.{feature}", "false is not for production; write true, or remove it"
    if not resources.dynamodb.point_in_time_recovery:
        yield "resources.dynamodb.point_in_time_recovery", "false is not for production; write true, or remove it"


def _backup_copy(
    given: Given, environment: Environment, features: Features, resources: Resources
) -> Iterator[Conflict]:
    if not features.backup:
        if named := given.below("resources.backup"):
            yield named[0], "is given, but features.backup is false; write features.backup: true, or remove it"
        return
    key, copy, region = "resources.backup.copy_region", resources.backup.copy_region, environment.region
    if copy == "auto" and region not in BACKUP_PAIRS:
        yield key, f"no region is paired with {region}; write one of your own, for example us-west-2, or none"
    if copy == region:
        yield key, f"{copy} is where the first copy is; write another region, or none"


def _alarms(given: Given, features: Features, resources: Resources, monitoring: Monitoring) -> Iterator[Conflict]:
    thresholds = monitoring.thresholds
    longest = resources.lambda_.timeout_s * _MS
    if thresholds.latency_p95_ms > longest:
        words = (
            f"{thresholds.latency_p95_ms} is longer than resources.lambda.timeout_s, so the alarm could never go off"
        )
        yield "monitoring.thresholds.latency_p95_ms", f"{words}; write {longest} or less"
    if features.budget and thresholds.cost_usd_per_day > monitoring.budget_usd:
        words = f"{thresholds.cost_usd_per_day} a day is above the month's budget_usd"
        yield "monitoring.thresholds.cost_usd_per_day", f"{words}; write {monitoring.budget_usd} or less"
    if not features.budget and "monitoring.budget_usd" in given.keys:
        yield (
            "monitoring.budget_usd",
            "is given, but features.budget is false; write features.budget: true, or remove it",
        )


SIZE_CHECKS: Final[tuple[Check, ...]] = (
    (_concurrency, (Resources,)),
    (_capacity, (Resources,)),
    (_production, (Features, Resources)),
    (_backup_copy, (Environment, Features, Resources)),
    (_alarms, (Features, Resources, Monitoring)),
)
