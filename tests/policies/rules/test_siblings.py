"""What belongs to what: by dependency, through what stands between, by a known name, and never by a guess."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rules._buckets import BUCKET, LED_TO, POLICY, beside, expire_within, kinds, log_targets
from policies.rules._exemptions import Ledger
from policies.rules._messages import QUEUE, QUEUE_POLICY, QUEUES, dead_letter_queues
from policies.rules._resource import NotEvaluated
from policies.rules._siblings import Kin, lacking, ties
from policies.rules._stack import Member, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSIONS, OLDER_VERSIONS = kinds("bucketVersioning")
LOGGING = kinds("bucketLogging")[0]
LIFE = kinds("bucketLifecycleConfiguration")[0]


def member(kind: str, name: str, properties: Mapping[str, object] | None = None, **sources: Member) -> Member:
    return Member(
        type=kind,
        name=name,
        urn=f"urn:pulumi:dev::quartermaster::{kind}::{name}",
        properties=unknown_checking_proxy(dict(properties or {})),
        sources={key: frozenset({one.urn}) for key, one in sources.items()},
    )


def stack_of(members: tuple[Member, ...]) -> Stack:
    return Stack(members=members, ledger=Ledger(exemptions=(), today=date.min))


DATA = member(BUCKET, "data", {"bucket": "qm-data-dev"})
LOGS = member(BUCKET, "logs", {"bucket": "qm-logs-dev"})
UNNAMED = member(BUCKET, "unnamed", {"bucket": UNKNOWN_STRING_VALUE})


def owners(*members: Member) -> dict[str, list[str]]:
    """The names of what surely belongs to each bucket."""
    by_urn = {one.urn: one.name for one in members}
    found = ties(stack_of(members), beside("bucketVersioning"))
    return {by_urn[urn]: [one.name for one in its.sure] for urn, its in found.items()}


def test_a_dependency_says_whose_it_is() -> None:
    """Even where the name is unknown, and in the older type too."""
    unknown = {"bucket": UNKNOWN_STRING_VALUE}
    new = member(VERSIONS, "new", unknown, bucket=DATA)
    old = member(OLDER_VERSIONS, "old", unknown, bucket=LOGS)
    assert owners(DATA, LOGS, new, old) == {"data": ["new"], "logs": ["old"]}


def test_a_dependency_leads_through_what_stands_between() -> None:
    """A bucket that is named by the output of its policy is still that bucket."""
    policy = member(POLICY, "policy", {}, bucket=LOGS)
    logging = member(LOGGING, "logging", {}, bucket=DATA, targetBucket=policy)
    assert log_targets(stack_of((DATA, LOGS, policy, logging))) == (frozenset({LOGS.urn}), False)


def test_a_name_an_arn_and_a_url_say_whose_it_is() -> None:
    """Whole names only: one that merely begins or ends like it is another's."""
    queue = member(QUEUE, "queue", {"name": "qm-jobs-dev"})
    for value, own in (
        ("qm-jobs-dev", True),
        ("arn:aws:sqs:us-east-1:000000000000:qm-jobs-dev", True),
        ("https://sqs.us-east-1.amazonaws.com/000000000000/qm-jobs-dev", True),
        ("qm-jobs-dev-2", False),
        ("other-qm-jobs-dev", False),
    ):
        policy = member(QUEUE_POLICY, "policy", {"queueUrl": value})
        urns, more = Kin(stack_of((queue, policy)), QUEUES).of(policy, "queueUrl")
        assert (urns == {queue.urn}, more) == (own, False), value


def test_the_programs_own_names_say_nothing() -> None:
    """Two resources that are called alike have nothing to do with each other."""
    assert owners(DATA, member(VERSIONS, "data", {"bucket": "another"})) == {"data": []}


def test_what_may_belong_to_an_owner_is_not_taken_for_lacking() -> None:
    """A known name and a bucket without one, or the other way round: the preview cannot tell."""
    for bucket, named in ((UNNAMED, "qm-data-dev"), (DATA, UNKNOWN_STRING_VALUE)):
        stack = stack_of((bucket, member(VERSIONS, "versions", {"bucket": named})))
        assert list(lacking(stack, beside("bucketVersioning"), lambda one: one.type == VERSIONS, "none")) == [
            NotEvaluated(f"{bucket.name}.bucket")
        ]


def test_an_unknown_answer_is_none_of_the_others() -> None:
    """One owner whose sibling is unknown does not keep the rule from finding the next."""
    versions = member(VERSIONS, "versions", {"versioningConfiguration": UNKNOWN_STRING_VALUE}, bucket=DATA)
    found = list(
        lacking(
            stack_of((DATA, LOGS, versions)),
            beside("bucketVersioning"),
            lambda one: one.text("versioningConfiguration.status") == "Enabled",
            "none",
        )
    )
    assert found == [NotEvaluated("data.versioningConfiguration.status"), (LOGS, "none")]


def test_a_loop_of_dependencies_ends() -> None:
    """Two policies that name each other belong to nobody."""
    first = member(POLICY, "first")
    second = member(POLICY, "second", {}, bucket=first)
    looped = member(POLICY, "first", {}, bucket=second)
    assert Kin(stack_of((DATA, looped, second)), LED_TO).of(looped, "bucket") == (frozenset(), False)


def test_dead_letters_are_found_in_json_and_by_dependency() -> None:
    """A redrive policy is JSON text; a destination usually an output."""
    target = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:qm-failed-dev","maxReceiveCount":3}'
    failed = member(QUEUE, "failed", {"name": "qm-failed-dev"})
    jobs = member(QUEUE, "jobs", {"name": "qm-jobs-dev", "redrivePolicy": target})
    late = member(QUEUE, "late", {"name": "qm-late-dev"})
    schedule = member(
        "aws:scheduler/schedule:Schedule",
        "s",
        {"target": {"deadLetterConfig": {"arn": UNKNOWN_STRING_VALUE}}},
        target=late,
    )
    assert dead_letter_queues(stack_of((failed, jobs, late, schedule))) == {failed.urn, late.urn}


def test_a_bucket_is_passing_only_when_all_of_it_is() -> None:
    """A rule for one prefix, or one that is off, leaves the rest for ever; an unknown one may be either."""

    def life(**change: object) -> tuple[frozenset[str], frozenset[str]]:
        rule = {"status": "Enabled", "expiration": {"days": 1}, "filter": {"prefix": ""}} | change
        return expire_within(stack_of((DATA, member(LIFE, "life", {"rules": [rule]}, bucket=DATA))), 7)

    all_of_it, nothing = frozenset({DATA.urn}), frozenset[str]()
    assert life() == (all_of_it, nothing)
    others: tuple[dict[str, object], ...] = (
        {"filter": {"prefix": "a/"}},
        {"status": "Disabled"},
        {"expiration": {"days": 8}},
        {"expiration": {}},
    )
    for change in others:
        assert life(**change) == (nothing, nothing), change
    assert life(status=UNKNOWN_STRING_VALUE) == (nothing, all_of_it)
