"""Which models IAM documents and agents name, and what is known of them (`policies/data/models.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from ._documents import MalformedError, statements
from ._resource import NotEvaluated, NotKnownError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._documents import Statement
    from ._resource import Resource
    from ._stack import Stack

ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
DOCUMENTS: Final = (
    ROLE_POLICY,
    "aws:iam/policy:Policy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    ROLE,
)
GUARDRAIL: Final = "aws:bedrock/guardrail:Guardrail"
AGENT: Final = "aws:bedrock/agentAgent:AgentAgent"
_INVOKE: Final = ("bedrock:invokemodel", "bedrock:invokemodelwithresponsestream", "bedrock:converse")
_PARTS: Final = 6  # arn:partition:bedrock:region:account:kind/id


class Known(TypedDict):
    """What is known of a model; dates as text, None for what is not known."""

    id: str
    legacy: str | None
    eol: str | None
    source: str
    date: str  # on which the source said so


_DATA: Final = json.loads((Path(__file__).parents[1] / "data" / "models.json").read_text())
MODELS: Final[dict[str, Known]] = {one["id"]: one for one in _DATA["models"]}
GEOGRAPHIES: Final[dict[str, list[str] | None]] = _DATA["geographies"]["regions"]  # None: anywhere


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that may be invoked. The geography is an inference profile's, empty for a model of one region."""

    id: str
    region: str
    geography: str
    by_profile: bool  # only through an inference profile, which a condition names


def named(text: str, *, region: str = "", by_profile: bool = False) -> Model | None:
    """The model of an id or an ARN; None for a wildcard, a provisioned or an imported model."""
    parts = text.split(":", _PARTS - 1)
    if text.startswith("arn:") and len(parts) == _PARTS:
        kind, _, text = parts[-1].partition("/")
        region = parts[3]
        if kind not in ("foundation-model", "inference-profile"):
            return None
    if "*" in text or "." not in text:
        return None
    first, _, rest = text.partition(".")
    inside = first in GEOGRAPHIES
    return Model(id=rest if inside else text, region=region, geography=first if inside else "", by_profile=by_profile)


def invoked(resource: Resource) -> Iterator[Model | NotEvaluated]:
    """The models that an IAM document lets somebody invoke, or that an agent runs on."""
    if resource.type == AGENT:
        if model := named(resource.text("foundationModel")):
            yield model
        return
    for statement in _allowed(resource):
        if isinstance(statement, NotEvaluated):
            yield statement
        elif invokes(statement):
            by_profile = any(key == "bedrock:inferenceprofilearn" for _, key, _ in statement.conditions)
            yield from (model for arn in statement.resources if (model := named(arn, by_profile=by_profile)))


def invokes(statement: Statement) -> bool:
    """Whether it lets somebody invoke a model; leave to do everything does not count."""
    return statement.allows and any(
        fnmatchcase(one, action.lower()) for action in statement.actions if action != "*" for one in _INVOKE
    )


def uses_models(stack: Stack) -> bool | None:
    """Whether anybody may invoke models; None when some document is unknown and no other says so."""
    unknown = False
    for kind in (*DOCUMENTS, AGENT):
        for one in stack.of(kind):
            if kind == AGENT:
                return True
            for statement in _allowed(one):
                if isinstance(statement, NotEvaluated):
                    unknown = True
                elif invokes(statement):
                    return True
    return None if unknown else False


def _allowed(resource: Resource) -> Iterator[Statement | NotEvaluated]:
    inline = resource.type == ROLE
    paths = [f"{path}.policy" for path in resource.each("inlinePolicies")] if inline else ["policy"]
    for path in paths:
        try:
            yield from statements(resource, path)
        except NotKnownError as error:
            yield NotEvaluated(error.path)
        except MalformedError:  # `iam-no-wildcard-action` reports it
            continue
