"""What a role may do with models: invoke one, and only behind a guardrail where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.bedrock import profile_geography

from . import Statement

if TYPE_CHECKING:
    from components.arns import Arns

    from . import Condition


def invokes_model(arns: Arns, model: str, *, guarded: bool) -> tuple[Statement, ...]:
    """Invokes one model; through an inference profile, the model only by way of that profile.

    When `guarded`, only with a guardrail of this account named in the call, and a call without one is refused. The
    condition's value is the guardrail's ARN, a colon and its version, and neither is known before it exists.
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
    """
    actions = ("bedrock:InvokeModel",)  # Converse asks for it too
    guard: Condition = {"StringLike": {"bedrock:GuardrailIdentifier": arns.guardrails()}} if guarded else {}
    if profile_geography(model) is None:
        return (
            Statement(sid="InvokesModel", actions=actions, resources=(arns.foundation_model(model),), condition=guard),
        )
    profile = arns.inference_profile(model)
    inner = model.partition(".")[2]
    return (
        Statement(sid="InvokesProfile", actions=actions, resources=(profile,), condition=guard),
        Statement(
            sid="InvokesModelByProfile",
            actions=actions,
            resources=(arns.foundation_model(inner, "*"),),
            condition={"StringEquals": {"bedrock:InferenceProfileArn": profile}, **guard},
        ),
    )


def applies_guardrail(arns: Arns) -> Statement:
    """Has a guardrail of this account look at what goes to a model and what comes back."""
    return Statement(sid="AppliesGuardrail", actions=("bedrock:ApplyGuardrail",), resources=(arns.guardrails(),))
