"""A model that nobody has chosen answers with other prices, in other regions, and under other terms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import policy
from .._globs import has_wildcard
from .._identity import IDENTITY, documents
from .._resource import Found
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


INVOKES: Final = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that
MODEL: Final = "anthropic.claude-sonnet-4-5-20250929-v1:0"
ARN: Final = f"arn:aws:bedrock:*::foundation-model/{MODEL}"
PROFILE: Final = f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.{MODEL}"
AREAS: Final = ("us.", "eu.", "apac.", "jp.", "au.", "ca.", "us-gov.", "global.")  # of inference profiles
ONE: Final = {"models": [MODEL]}


@rule(
    id="bedrock-invoke-named-models",
    title="Models that may be called are named",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Name each model, or the inference profile that leads to it, by its whole ARN.",
    frameworks=("NIST 800-53:AC-6",),
    unique=True,
    parameters={"models": Parameter((), "Ids of the models that may be called; none: any that is named.")},
    ok=(
        policy("bedrock:InvokeModel", [ARN, PROFILE]),
        policy("bedrock:ApplyGuardrail", "arn:aws:bedrock:us-east-1:000000000000:guardrail/*"),
        policy("*"),
        Of(policy("bedrock:InvokeModel", [ARN, PROFILE]), config=ONE),
    ),
    bad=(
        policy("bedrock:InvokeModel"),
        policy("bedrock:Invoke*", "arn:aws:bedrock:us-east-1::foundation-model/*"),
        policy("bedrock:InvokeModelWithResponseStream", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.*"),
        Of(policy("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/meta.other-v1:0"), config=ONE),
    ),
)
def invoke_named_models(resource: Resource) -> Iterator[Result]:
    yield from documents(resource, partial(_judge, models=tuple(resource.config["models"])))


def _judge(statements: tuple[Statement, ...], models: tuple[str, ...]) -> Iterator[Found]:
    for statement in statements:
        wanted = any(covers(one, action) for one in statement.actions if one not in ALL for action in INVOKES)
        for one in statement.resources if wanted and statement.allows else ():
            if not one.startswith("arn:") or not (model := one.partition("/")[2]) or has_wildcard(model):
                yield Found(one, f"{statement.name} lets any model be called by {one}")
            elif models and _plain(model) not in models:
                yield Found(one, f"{statement.name} lets {model} be called, which is not on the list")


def _plain(model: str) -> str:
    return next((model.removeprefix(area) for area in AREAS if model.startswith(area)), model)
