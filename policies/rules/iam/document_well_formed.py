"""What IAM cannot read it refuses when the stack is half made; an old version takes `${aws:username}` as plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from .._examples import allows, document, trust
from .._identity import IDENTITY, ROLE, paths
from .._owners import OWNED, TRUST
from .._resource import NotEvaluated, NotKnownError
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource, Value


TYPES: Final = (*IDENTITY, *OWNED)
VERSION: Final = "2012-10-17"
EFFECTS: Final = ("Allow", "Deny")
LOGS: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
GOOD: Final = allows("s3:GetObject", "arn:aws:s3:::data/*")


@rule(
    id="iam-document-well-formed",
    title="IAM documents are of the current version, and IAM can read them",
    applies_to=TYPES,
    severity=Severity.MEDIUM,
    fix=f"Write Version {VERSION}, and in each statement Effect, and Action or NotAction.",
    sources=("parliament:MALFORMED", "parliament:NO_VERSION", "parliament:OLD_VERSION"),
    ok=(
        {"policy": document(GOOD)},
        {"policy": {"Version": VERSION, "Statement": GOOD}},
        Of(trust({"Service": "lambda.amazonaws.com"}), ROLE),
        Of({"bucket": "data"}, "aws:s3/bucket:Bucket"),
    ),
    bad=(
        {"policy": "{not json"},
        {"policy": "[]"},
        {"policy": json.dumps({"Statement": [GOOD]})},
        {"policy": json.dumps({"Version": "2008-10-17", "Statement": [GOOD]})},
        {"policy": document()},
        {"policy": document("Allow")},
        {"policy": document({"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"})},
        {"policy": document({"Effect": "Allow", "Resource": "*"})},
        Of({"policyDocument": "{}"}, LOGS),
        Of({"assumeRolePolicy": "{}"}, ROLE),
        Of(trust("*") | {"inlinePolicies": [{"name": "a", "policy": "{}"}]}, ROLE),
    ),
)
def document_well_formed(resource: Resource) -> Iterator[Result]:
    own = OWNED.get(resource.type)
    for path in (own,) if own else (*paths(resource), *((TRUST,) if resource.type == ROLE else ())):
        try:
            value = resource.known(path)
            if value is not None:
                yield from (f"{path} {problem}" for problem in _problems(value))
        except NotKnownError as error:
            yield NotEvaluated(error.path)


def _problems(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, Mapping):
        yield "is no JSON object"
        return
    if value.get("Version") != VERSION:
        yield f"has no Version {VERSION}"
    given = value.get("Statement")
    statements = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if not statements:
        yield "has no statement"
    for one in statements:
        if not isinstance(one, Mapping) or one.get("Effect") not in EFFECTS:
            yield "has a statement without Effect"
        elif not {"Action", "NotAction"} & set(one):
            yield "has a statement without Action"
