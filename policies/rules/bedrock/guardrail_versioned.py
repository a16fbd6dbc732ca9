"""The draft of a guardrail changes under a running agent; a version does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import GUARDRAIL
from .._joined import any_joined
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

VERSION: Final = "aws:bedrock/guardrailVersion:GuardrailVersion"
RAIL: Final = Node(GUARDRAIL, "guardrail", {"name": "qm-models-dev"})


@stack_rule(
    id="bedrock-guardrail-versioned",
    title="Every guardrail has a version that agents name",
    severity=Severity.MEDIUM,
    fix="Add a GuardrailVersion whose description changes with what the guardrail says.",
    unique=True,
    ok=(
        Together(()),
        Together((RAIL, Node(VERSION, "version", {"guardrailArn": "arn"}, {"guardrailArn": "guardrail"}))),
    ),
    bad=(
        Together((RAIL,)),
        Together((RAIL, Node(GUARDRAIL, "other"), Node(VERSION, "version", {}, {"guardrailArn": "other"}))),
    ),
)
def guardrail_versioned(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for guardrail in stack.of(GUARDRAIL):
        has = any_joined(stack.of(VERSION), "guardrailArn", guardrail, "guardrailArn")
        if has is None:
            yield NotEvaluated(f"{guardrail.name}.guardrailArn")
        elif not has:
            yield guardrail, "it has no version"
