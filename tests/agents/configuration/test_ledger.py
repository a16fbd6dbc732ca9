"""Desired against applied: what the ledger says of instances, lag and convergence."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agents.configuration.instances import Ack
from agents.configuration.ledger import Desired, report

if TYPE_CHECKING:
    from agents.configuration.ledger import Report

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SQL, INVENTORY = "agent/sql", "agent/inventory"
OLD, NEW = {"agent/sql@base": 1}, {"agent/sql@base": 2}


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def desired(key: str = SQL, digest: str = "new") -> Desired:
    return Desired(key=key, digest=digest, versions=NEW, since=ago(20))


def ack(instance: str, **fields: Any) -> Ack:  # noqa: ANN401 - any field of an ack
    """An instance that applied the newest two seconds after it was published, and was seen a moment ago."""
    said = Ack(instance=instance, key=SQL, digest="new", versions=NEW, cursor="7", status="applied",
               at=ago(18), seen_at=ago(1))  # fmt: skip
    return dataclasses.replace(said, **fields)


BEHIND = {"digest": "old", "versions": OLD, "at": ago(900)}


def told(*acks: Ack, **also: Desired) -> Report:
    return report({(SQL, ""): desired(), **{(SQL, name): one for name, one in also.items()}}, acks, at=NOW)


def test_all_who_run_the_newest_have_converged() -> None:
    """With the time from publish to applied."""
    found = told(ack("i1"), ack("i2", at=ago(15)))
    assert found.converged()
    assert [(one.instance, one.standing, one.lag_s) for one in found.applied] == [
        ("i1", "applied", 2),
        ("i2", "applied", 5),
    ]
    assert (found.lag_p50_s, found.lag_p99_s) == (2, 5)


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        (BEHIND, "behind"),
        ({"status": "rejected", "running": "old", "reason": "why"}, "rejected"),
        ({"status": "draining", "running": "old"}, "draining"),
        ({"digest": "old", "versions": NEW}, "behind"),
        ({"versions": OLD}, "behind"),
    ],
)
def test_one_who_does_not_run_it_alone_holds_up_the_rest(fields: dict[str, Any], standing: str) -> None:
    """Whatever the reason; only what drains may be allowed for."""
    found = told(ack("i1"), ack("i2", **fields))
    assert not found.converged()
    assert found.converged(allow_draining=True) is (standing == "draining")
    assert found.applied[1].standing == standing
    assert (found.applied[1].lag_s is None) is (standing not in {"applied", "draining"})


def test_an_instance_that_was_not_seen_is_named_and_holds_up_nobody() -> None:
    """A sandbox that is gone says nothing more; what it runs is not known."""
    found = told(ack("i1"), ack("i2", seen_at=ago(61), **BEHIND))
    assert found.converged()
    assert (found.stale, found.applied[1].standing) == (("i2",), "stale")
    assert not told(ack("i2", seen_at=ago(61))).converged(), "nobody is left"


def test_an_instance_that_is_gone_is_left_out() -> None:
    """It said so, and runs nothing; alone it proves nothing."""
    found = told(ack("i1"), ack("i2", status="gone", **BEHIND))
    assert found.converged()
    assert [one.instance for one in found.applied] == ["i1"]
    assert not told(ack("i2", status="gone")).converged()


def test_what_it_waits_for_is_named() -> None:
    """By instance and document, with a clock that is wrong; a document that nobody runs as well."""
    ahead = ack("i3", seen_at=NOW + timedelta(hours=1), **BEHIND)
    both = {(SQL, ""): desired(), (INVENTORY, ""): desired(INVENTORY)}
    found = report(both, [ack("i1"), ack("i2", status="draining"), ahead], at=NOW)
    assert found.waits_for() == (
        "i2 is draining on agent/sql",
        "i3 is behind on agent/sql; its clock is 3,600 s ahead",
        "no instance says that it runs agent/inventory",
    )
    assert found.waits_for(allow_draining=True) == found.waits_for()[1:]


def test_what_was_published_before_an_instance_began_is_no_lag() -> None:
    """Or each start would count as a slow delivery."""
    acks = [ack("i1"), ack("i2", at=ago(5))]
    found = report({(SQL, ""): desired()}, acks, at=NOW, began={"i1": ago(900), "i2": ago(6)})
    assert [one.lag_s for one in found.applied] == [2, None]
    assert found.lag_p99_s == 2


def test_a_longer_time_may_be_allowed() -> None:
    """For instances that are seldom invoked."""
    late = ack("i2", seen_at=ago(61), **BEHIND)
    found = report({(SQL, ""): desired()}, [ack("i1"), late], at=NOW, seen_s=120)
    assert (found.converged(), found.stale) == (False, ())


def test_nobody_is_no_convergence() -> None:
    """An empty ledger proves nothing, nor one that lacks a document."""
    assert not told().converged()
    both = {(SQL, ""): desired(), (INVENTORY, ""): desired(INVENTORY)}
    assert not report(both, [ack("i1")], at=NOW).converged()
    assert report(both, [ack("i1"), ack("i1", key=INVENTORY)], at=NOW).converged()


def test_an_instance_with_a_layer_of_its_own_is_held_to_that() -> None:
    """And the others to theirs."""
    own = desired(digest="own")
    assert told(ack("i1", digest="own"), ack("i2"), i1=own).converged()
    assert [one.standing for one in told(ack("i1"), ack("i2", digest="own"), i1=own).applied] == ["behind", "behind"]


def test_layers_that_do_not_merge_are_nobodys_fault_but_theirs() -> None:
    """The instances that say so are rejected, not behind."""
    broken = {(SQL, ""): desired(digest="")}
    found = report(broken, [ack("i1", digest="", status="rejected", running="old")], at=NOW)
    assert (found.applied[0].standing, found.converged()) == ("rejected", False)


def test_documents_that_were_not_asked_for_are_left_out() -> None:
    """An instance says more than a report needs."""
    assert [one.key for one in told(ack("i1"), ack("i1", key=INVENTORY)).applied] == [SQL]


def test_a_clock_that_is_behind_makes_no_lag_below_zero() -> None:
    """Nobody applies what is not published yet."""
    assert told(ack("i1", at=ago(25))).lag_p50_s == 0


def test_percentiles_are_of_instances() -> None:
    """The nearest rank: a value that one of them had."""
    found = told(*(ack(f"i{number:03}", at=ago(20 - number / 10)) for number in range(1, 101)))
    assert (found.lag_p50_s, found.lag_p99_s) == (5.0, 9.9)
    assert told().lag_p99_s is None
