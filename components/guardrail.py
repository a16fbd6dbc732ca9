"""What no model is sent and no answer says: attacks on the prompt, abuse, credentials, people's private data.

A planner's words stay: names of warehouses, suppliers and products, addresses, and plain numbers such as those of
orders, which look like account or passport numbers and are none. Figures in an answer must come from the sources
that the call marks as such.

Bedrock looks at what a call sends as text and at the text of the answer. What tools return, and what a model asks of
them, it does not see: the gateway and the tools' own schemas bound those.
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html

Roles may invoke a model behind a guardrail of the account only (`iam/models.py`). A caller that names none is refused
every call, so an adapter of Bedrock has to pass an id and a version. That they are this one's, no document can say: its
id is not known before it exists, and documents are complete before anything does. Where several stacks share an
account, another one's guardrail would do too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from .naming import Kind

if TYPE_CHECKING:
    from .naming import Names

BLOCKED_INPUT: Final = (
    "I cannot work with this request. Please ask about stock, orders or deliveries, without passwords or keys."
)
BLOCKED_OUTPUT: Final = "I have no answer that I may give or that the data supports. Please ask in another way."

_ABUSE: Final = ("HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE")
_BLOCKED: Final = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY", "PASSWORD")
_MASKED: Final = (
    "CREDIT_DEBIT_CARD_NUMBER",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "PHONE",
    "US_SOCIAL_SECURITY_NUMBER",
)
_GROUNDED: Final = 0.75  # of 1: below it an answer is not in its sources; higher refuses sums over them too
_RELEVANT: Final = 0.5


def content_filters() -> list[dict[str, str]]:
    """Attacks on the prompt are of questions only: Bedrock takes no other strength than NONE for answers."""
    attack = {"type": "PROMPT_ATTACK", "input_strength": "HIGH", "output_strength": "NONE"}
    return [attack, *({"type": one, "input_strength": "HIGH", "output_strength": "HIGH"} for one in _ABUSE)]


def private_data() -> list[dict[str, str]]:
    """Credentials end the call; what belongs to a person is masked."""
    return [
        *({"type": one, "action": "BLOCK"} for one in _BLOCKED),
        *({"type": one, "action": "ANONYMIZE"} for one in _MASKED),
    ]


def grounding_filters() -> list[dict[str, object]]:
    """How surely an answer must be in its sources and about the question, from 0 to 1."""
    return [
        {"type": "GROUNDING", "threshold": _GROUNDED},
        {"type": "RELEVANCE", "threshold": _RELEVANT},
    ]


def revision() -> str:
    """Changes when what the guardrail says or stops changes."""
    shape = [BLOCKED_INPUT, BLOCKED_OUTPUT, content_filters(), private_data(), grounding_filters()]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class GuardrailArgs:
    names: Names
    key: pulumi.Input[str]  # ARN


class Guardrail(pulumi.ComponentResource):
    """A Bedrock guardrail and the version of it that calls name, which no later edit changes."""

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    version: pulumi.Output[str]

    def __init__(self, name: str, args: GuardrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:guardrail:Guardrail", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        guardrail = aws.bedrock.Guardrail(
            name,
            name=args.names.name(Kind.GUARDRAIL, "models"),
            description="What a call of a model says, and what it answers",
            blocked_input_messaging=BLOCKED_INPUT,
            blocked_outputs_messaging=BLOCKED_OUTPUT,
            content_policy_config={"filters_configs": content_filters()},
            sensitive_information_policy_config={"pii_entities_configs": private_data()},
            contextual_grounding_policy_config={"filters_configs": grounding_filters()},
            kms_key_arn=args.key,
            opts=child,
        )
        version = aws.bedrock.GuardrailVersion(
            f"{name}-version",
            guardrail_arn=guardrail.guardrail_arn,
            # A version is a copy: only a change here has the provider make the next one.
            description=f"Revision {revision()}",
            opts=child,
        )
        self.id = guardrail.guardrail_id
        self.arn = guardrail.guardrail_arn
        self.version = version.version
        self.register_outputs({"id": self.id, "arn": self.arn, "version": self.version})
