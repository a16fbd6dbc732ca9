"""An action on a resource of another kind grants nothing: `s3:GetObject` is about objects, not about the bucket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._actions import matching
from .._examples import policy
from .._globs import meet
from .._identity import IDENTITY, documents
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._actions import Action
    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
BUCKET: Final = "arn:*:s3:::*"  # a bucket's name has no slash, though a pattern would take one
DATA: Final = "arn:aws:s3:::data"


@rule(
    id="iam-resource-fits-action",
    title="Actions are allowed on resources that they are about",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Name a resource of the kind that the action takes, or `*` where it takes none.",
    sources=("parliament:RESOURCE_MISMATCH",),
    ok=(
        policy("s3:GetObject", f"{DATA}/*"),
        policy("s3:ListBucket", DATA),
        policy(["s3:GetObject", "s3:ListBucket"], [DATA, f"{DATA}/*"]),
        policy("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*"),
        policy("logs:PutLogEvents", "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/a:*"),
        policy(["xray:PutTraceSegments", "dynamodb:GetItem", "polly:SynthesizeSpeech"]),
        policy("polly:SynthesizeSpeech", DATA),
        policy("dynamodb:*", "arn:aws:dynamodb:us-east-1:000000000000:table/a"),
    ),
    bad=(
        policy("s3:GetObject", DATA),
        policy("s3:ListBucket", f"{DATA}/*"),
        policy(["s3:ListBucket", "s3:GetObject"], f"{DATA}/*"),
        policy("xray:PutTraceSegments", DATA),
        policy("dynamodb:GetItem", DATA),
        policy("dynamodb:*", DATA),
        policy("dynamodb:Query", "arn:aws:dynamodb:us-east-1:000000000000:tables/a"),
    ),
)
def resource_fits_action(resource: Resource) -> Iterator[Result]:
    yield from documents(resource, _judge)


def _judge(statements: tuple[Statement, ...]) -> Iterator[Found]:
    for statement in statements:
        given = [VARIABLE.sub("*", one) for one in statement.resources]
        if not given or "*" in given:
            continue
        for action in statement.actions:
            named = matching(action)
            if named and not any(_fits(given, one) for one in named):
                kinds = ", ".join(named[0].resources) if len(named) == 1 else ""
                needs = f"which takes {kinds or 'none'}" if len(named) == 1 else "none of which is about it"
                yield Found(action, f"{statement.name} has {action} on {', '.join(statement.resources)}, {needs}")


def _fits(given: list[str], action: Action) -> bool:
    return any(meet(one, kind) and not (kind == BUCKET and "/" in one) for one in given for kind in action.resources)
