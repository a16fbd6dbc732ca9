"""IAM refuses a document with two statements of one name, or a name that is not of letters and digits."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from .._examples import allows, document
from .._identity import IDENTITY, documents
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


NAME: Final = re.compile(r"[A-Za-z0-9]*")


def _named(*sids: str) -> dict[str, str]:
    return {"policy": document(*(allows("s3:GetObject", "arn:aws:s3:::data/*") | {"Sid": one} for one in sids))}


@rule(
    id="iam-statement-ids-differ",
    title="Statements of a document have different names",
    applies_to=IDENTITY,
    severity=Severity.MEDIUM,
    fix="Name each statement by its intent, in letters and digits.",
    sources=("parliament:DUPLICATE_SID", "parliament:INVALID_SID"),
    ok=(_named("Reads", "Writes"), {"policy": document(allows("s3:GetObject"), allows("s3:PutObject"))}),
    bad=(_named("Reads", "Reads"), _named("reads-data")),
)
def statement_ids_differ(resource: Resource) -> Iterator[Result]:
    yield from documents(resource, _judge)


def _judge(statements: tuple[Statement, ...]) -> Iterator[Found]:
    for sid, times in Counter(one.sid for one in statements if one.sid).items():
        if times > 1:
            yield Found(sid, f"{times} statements are called {sid}")
        if not NAME.fullmatch(sid):
            yield Found(sid, f"{sid!r} is not of letters and digits")
