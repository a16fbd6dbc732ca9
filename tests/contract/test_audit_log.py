"""What every `AuditLog`, `AnchorStore` and `Signer` promises."""

from __future__ import annotations

import random
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from agents.access.audit import Audit
from agents.access.audit_anchor import parse_anchor
from agents.access.audit_verify import verify
from agents.access.chain import Link, Record, parse, seal
from agents.access.decisions import Decision
from agents.access.ports import KEEP_DAYS, MAX_RECORDS, AuditLog, Entry
from agents.adapters.dynamodb.audit import DynamoDbAuditLog
from agents.adapters.dynamodb.table import Table
from agents.adapters.kms import KmsSigner
from agents.adapters.s3_anchors import S3AnchorStore
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.contract import AUDIT, Keys
from agents.deadline import Deadline
from agents.errors import ConflictError, DeadlineError, InvalidError, NotFoundError, SetupError, UnavailableError
from agents.runtime.ids import uuid7
from agents.runtime.jobs import anchor_audit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.access.ports import AnchorStore, Signer
    from tests.contract.conftest import Clock

DECISION = Decision(action="ask", resource="agent/inventory", allowed=True, rule="persona warehouse_manager")
_dice = random.Random(1)


def new_id(clock: Clock) -> str:
    return uuid7(int(clock().timestamp() * 1000), _dice.randbytes)


def chain(clock: Clock, number: int, after: Link | None = None) -> list[Record]:
    """That many records of one writer, a millisecond apart."""
    end = after or Link(new_id(clock))
    records = []
    for index in range(number):
        clock.now += timedelta(milliseconds=1)
        records.append(seal(DECISION, end, record_id=new_id(clock), request_id=f"r{index}", at=clock()))
        end = records[-1].link
    return records


def test_records_come_back_as_they_were_written(audit_log: AuditLog, clock: Clock) -> None:
    """Text for text, oldest first, by pages of any size."""
    records = chain(clock, 7)
    audit_log.append(records[:3])
    audit_log.append(records[3:])
    audit_log.append([])
    seen: list[Entry] = []
    after = ""
    while page := audit_log.read(after=after, limit=2):
        assert len(page) <= 2
        seen += page
        after = page[-1].id
    assert [parse(entry.text) for entry in seen] == records
    assert [entry.id for entry in seen] == [record.id for record in records]


def test_an_append_is_all_or_nothing(audit_log: AuditLog, clock: Clock) -> None:
    """A record whose id is taken by another takes the rest of its append with it; the first stays as it is."""
    first, second = chain(clock, 2)
    audit_log.append([first])
    other = seal(DECISION, Link(new_id(clock)), record_id=first.id, request_id="x", at=clock())
    with pytest.raises((ConflictError, UnavailableError)):
        audit_log.append([second, other])
    assert [entry.text for entry in audit_log.read(after="", limit=9)] == [first.text]


def test_an_append_takes_a_hundred(audit_log: AuditLog, clock: Clock) -> None:
    """No more, as no store could take them at once."""
    records = chain(clock, MAX_RECORDS + 1)
    with pytest.raises(InvalidError):
        audit_log.append(records)
    audit_log.append(records[:MAX_RECORDS])
    assert len(audit_log.read(after="", limit=1_000)) == MAX_RECORDS


def test_a_record_of_any_size_and_script_fits(audit_log: AuditLog, clock: Clock) -> None:
    """A hundred of the longest that can be sealed fit into one append; half a character does not stop it."""
    long = "\ud800" + "é" * 10_000
    decision = Decision(
        action=long,
        resource=long,
        allowed=False,
        rule=long,
        subject=long,
        roles=(long,) * 99,
        detail={long: "x" * 9_999},
    )
    end, records = Link(new_id(clock)), []
    for _ in range(MAX_RECORDS):
        records.append(seal(decision, end, record_id=new_id(clock), request_id=long, at=clock()))
        end = records[-1].link
    audit_log.append(records)
    assert {entry.text for entry in audit_log.read(after="", limit=200)} == {record.text for record in records}


def test_reading_goes_on_over_days(audit_log: AuditLog, clock: Clock) -> None:
    """Records of several days come in one sequence, also those of midnight and of days without any."""
    clock.now = clock.now.replace(hour=23, minute=59, second=59, microsecond=998_000)
    records = chain(clock, 4)
    clock.now += timedelta(days=3)
    records += chain(clock, 2)
    audit_log.append(records)
    assert [entry.id for entry in audit_log.read(after=records[0].id, limit=9)] == [r.id for r in records[1:]]
    assert [entry.id for entry in audit_log.read(after=records[3].id, limit=1)] == [records[4].id]
    assert audit_log.read(after=records[-1].id, limit=9) == ()


def test_many_threads_share_one_chain(audit_log: AuditLog, clock: Clock) -> None:
    """Whatever the threads do, the records are one chain without gap or fork, and none is lost."""
    lock = threading.Lock()

    def fresh() -> str:
        with lock:
            clock.now += timedelta(milliseconds=1)
            return new_id(clock)

    audit = Audit(audit_log, tenant="default", now=clock, new_id=fresh)

    def work(worker: int) -> None:
        for turn in range(5):
            with audit.request(f"{worker}-{turn}"):
                audit.record(DECISION)
                audit.record(DECISION)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    records = sorted((parse(entry.text) for entry in audit_log.read(after="", limit=100)), key=lambda r: r.sequence)
    assert [record.sequence for record in records] == list(range(1, 81))
    assert [record.previous for record in records[1:]] == [record.hash for record in records[:-1]]
    assert len({record.writer for record in records}) == 1
    # The two of a request stand together, as they were written down together.
    assert all(one.request_id == two.request_id for one, two in zip(records[::2], records[1::2], strict=True))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET record = '{}'", "DELETE FROM audit", "INSERT OR REPLACE INTO audit SELECT * FROM audit"],
)
def test_sqlite_itself_refuses_changes(tmp_path: Path, clock: Clock, statement: str) -> None:
    """Also from another program, by mistake."""
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=clock)
    clock.now += timedelta(days=300)  # within retention for the database's own clock too
    (record,) = chain(clock, 1)
    log.append([record])
    log.close()
    database = sqlite3.connect(tmp_path / "audit.db")
    with pytest.raises(sqlite3.IntegrityError, match="audit"):
        database.execute(statement)
    database.close()


def test_what_is_past_its_time_is_gone(tmp_path: Path, clock: Clock) -> None:
    """A job removes it from SQLite, however much it is, and nothing that is not past its time."""
    clock.now -= timedelta(days=3_000)
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=clock)
    records = chain(clock, 1_100)
    for place in range(0, len(records), MAX_RECORDS):
        log.append(records[place : place + MAX_RECORDS])
    clock.now += timedelta(days=KEEP_DAYS)
    kept = chain(clock, 2)
    log.append(kept)
    clock.now += timedelta(seconds=1)
    assert len(log.read(after="", limit=2_000)) == 1_102
    with pytest.raises(DeadlineError):
        log.prune(Deadline.after(0))
    log.prune(Deadline.after(60))
    log.prune(Deadline.after(60))
    assert [entry.id for entry in log.read(after="", limit=9)] == [record.id for record in kept]
    log.close()


def test_sqlite_is_opened_when_it_is_needed(tmp_path: Path, clock: Clock) -> None:
    """A command that writes no record needs no file, and one that reads no lock that another program holds."""
    path = tmp_path / "audit.db"
    first = SqliteAuditLog(path, tenant="default", clock=clock)
    first.close()
    assert not path.exists()
    records = chain(clock, 1)
    first.append(records)
    first.close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    log = SqliteAuditLog(path, tenant="default", clock=clock)
    assert [entry.id for entry in log.read(after="", limit=9)] == [records[0].id]
    log.prune(Deadline.after(60))
    log.close()
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.emulator
def test_dynamodb_forgets_in_time(dynamodb: Any, tenant: str, clock: Clock) -> None:  # noqa: ANN401 - boto3 has no types
    """Each carries its expiry for TTL, and what has expired is not read although it is still there."""
    log = DynamoDbAuditLog(Table(dynamodb, AUDIT.name), tenant=tenant, clock=clock)
    (record,) = chain(clock, 1)
    log.append([record])
    key = {"pk": {"S": Keys.audit(tenant, "2026-06-30")}, "sk": {"S": record.id}}
    item = dynamodb.get_item(TableName=AUDIT.name, Key=key)["Item"]
    expires = int(clock().timestamp()) + KEEP_DAYS * 86_400
    assert abs(int(item[AUDIT.expires or ""]["N"]) - expires) <= 1
    clock.now += timedelta(days=KEEP_DAYS, seconds=2)
    assert log.read(after="", limit=9) == ()


class Lossy(Table):
    """The real table, whose first answer is lost on the way back."""

    lost = False

    def transact(self, actions: Any) -> None:  # noqa: ANN401 - as the base
        super().transact(actions)
        if not self.lost:
            self.lost = True
            raise UnavailableError("the answer was lost")


@pytest.mark.emulator
def test_an_append_whose_answer_was_lost_may_be_sent_again(dynamodb: Any, tenant: str, clock: Clock) -> None:  # noqa: ANN401 - boto3 has no types
    """The same records twice are there once; others under their ids are a conflict."""
    log = DynamoDbAuditLog(Lossy(dynamodb, AUDIT.name), tenant=tenant, clock=clock)
    records = chain(clock, 3)
    with pytest.raises(UnavailableError):
        log.append(records)
    log.append(records)
    assert [entry.text for entry in log.read(after="", limit=9)] == [record.text for record in records]
    with pytest.raises(ConflictError):
        log.append([seal(DECISION, Link(new_id(clock)), record_id=records[0].id, request_id="", at=clock())])


@pytest.mark.emulator
def test_a_store_that_is_away_is_unavailable(aws: dict[str, str], tenant: str, clock: Clock) -> None:
    """A lost connection is our error, with nothing of the client's text."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    elsewhere = aws | {"endpoint_url": "http://127.0.0.1:9"}
    clients = [boto3.client(service, **elsewhere, config=config) for service in ("dynamodb", "s3", "kms")]
    log = DynamoDbAuditLog(Table(clients[0], AUDIT.name), tenant=tenant, clock=clock)
    bucket, signer = S3AnchorStore(clients[1], bucket="audit", tenant=tenant), KmsSigner(clients[2], "key")
    calls: list[Callable[[], object]] = [
        lambda: log.append(chain(clock, 1)),
        lambda: log.read(after="", limit=1),
        bucket.last,
        lambda: bucket.put(1, b""),
        lambda: bucket.read(1),
        lambda: signer.sign(b""),
        signer.public_key,
    ]
    for call in calls:
        with pytest.raises(UnavailableError) as caught:
            call()
        assert "127.0.0.1" not in str(caught.value)
    for client in clients:
        client.close()


@pytest.mark.emulator
def test_what_was_not_deployed_is_a_matter_of_setup(aws: dict[str, str], s3: Any, tenant: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Trying again would not help."""
    with pytest.raises(SetupError):
        S3AnchorStore(s3, bucket="nowhere", tenant=tenant).last()
    client = boto3.client("kms", **aws)
    with pytest.raises(SetupError):
        KmsSigner(client, "00000000-0000-4000-8000-000000000000").sign(b"x")
    client.close()


def test_an_anchor_is_put_once(anchors: AnchorStore) -> None:
    """A taken number is a conflict, whoever took it, and the first content stays."""
    assert (anchors.last(), anchors.numbers(after=0, limit=9)) == (0, ())
    anchors.put(1, b"one")
    with pytest.raises(ConflictError):
        anchors.put(1, b"two")
    assert (anchors.last(), anchors.read(1)) == (1, b"one")
    with pytest.raises(NotFoundError):
        anchors.read(2)


@pytest.mark.parametrize("first", [1, 40])
def test_the_last_anchor_is_found_among_many(anchors: AnchorStore, first: int) -> None:
    """However many there are, also when the first are gone; and they are listed lowest first, by pages."""
    for number in range(first, first + 21):
        anchors.put(number, str(number).encode())
        assert anchors.last() == number
    assert anchors.numbers(after=first + 17, limit=9) == (first + 18, first + 19, first + 20)
    assert anchors.numbers(after=0, limit=2) == (first, first + 1)


def test_threads_that_put_the_same_number_agree(anchors: AnchorStore) -> None:
    """One wins, and the others know that they did not."""

    def put(worker: int) -> bool:
        try:
            anchors.put(1, str(worker).encode())
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(put, range(4)))
    assert sum(won) == 1
    assert anchors.read(1) == str(won.index(True)).encode()


def test_an_audit_is_proven_end_to_end(
    audit_log: AuditLog, anchors: AnchorStore, signer: Signer, clock: Clock, tenant: str
) -> None:
    """What was written, anchored and read back verifies by the public key alone; and a foreign key proves nothing."""
    job = anchor_audit(audit_log, anchors, signer, tenant=tenant, now=clock)
    records = chain(clock, 5)
    audit_log.append(records)
    job(Deadline.after(60))
    clock.now += timedelta(hours=1)
    audit_log.append(chain(clock, 5, records[-1].link) + chain(clock, 2))
    job(Deadline.after(60))
    job(Deadline.after(60))
    assert anchors.last() == 2, "nothing new needs no anchor"
    assert len(parse_anchor(anchors.read(2).decode()).heads) == 2

    def lines() -> tuple[Any, Any]:
        return (
            [(entry.id, entry.text.encode()) for entry in audit_log.read(after="", limit=99)],
            [(str(number), anchors.read(number)) for number in anchors.numbers(after=0, limit=99)],
        )

    report = verify(*lines(), signer.public_key())
    assert (report.findings, report.records, report.anchors, report.unproven) == ((), 12, 2, 0)
    assert verify(*lines(), signer.public_key(), least_anchor=3).findings[0].code == "anchor_missing"
