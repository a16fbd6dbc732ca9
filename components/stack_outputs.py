"""What a stack tells about itself: each output with its meaning, for who deploys and for who reads.

To add an output, add a field. The program fills it in; pulumi, Parameter Store and the JSON Schema follow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_URL: Final = r"^https?://[^ ]+$"
_REGION: Final = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ARN: Final = r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$"
_FIX: Final = "Deploy the stack again: what is deployed is older than what reads it."


def _told(description: str, pattern: str = "^.+$") -> dict[str, str]:
    return {"description": description, "pattern": pattern}


@dataclass(frozen=True, kw_only=True)
class StackOutputs(Generic[T]):
    """Every output; nothing of it is secret. None: the stack does without that part.

    `StackOutputs[pulumi.Input[str]]` is written, `StackOutputs[str]` is read.
    """

    environment: T = field(metadata=_told("the environment, as in every name"))
    region: T = field(metadata=_told("where the stack lies", _REGION))
    as_of: T | None = field(
        default=None, metadata=_told("the day that is today for the data; else the calendar's", _DATE)
    )

    api_url: T | None = field(default=None, metadata=_told("where requests go, without /v1", _URL))
    user_pool_id: T = field(metadata=_told("the pool that people sign in to"))
    user_pool_client_id: T = field(metadata=_told("the client that the command line signs in with"))
    issuer: T = field(metadata=_told("what `iss` of a token must be", _URL))
    jwks_url: T = field(metadata=_told("the keys that tokens are signed with", _URL))
    sign_in_url: T | None = field(default=None, metadata=_told("where a browser signs in; else with a password", _URL))

    data_bucket: T = field(metadata=_told("the bucket of the lake"))
    database: T = field(metadata=_told("the Glue database of the lake"))
    workgroup: T = field(metadata=_told("the Athena workgroup that queries run in"))
    configuration_table: T = field(metadata=_told("versions, heads and changes of the configuration"))
    conversation_table: T = field(metadata=_told("conversations"))
    audit_table: T = field(metadata=_told("decisions on access, to which things are only added"))
    audit_bucket: T = field(metadata=_told("the bucket of the signed heads of the audit's chains"))
    audit_key: T = field(metadata=_told("ARN of the alias of the key that signs those heads", _ARN))
    delegation_key: T = field(metadata=_told("ARN of the key that signs for callers without a token of the pool", _ARN))

    authoriser_function: T = field(metadata=_told("the function that API Gateway asks who may pass"))
    api_function: T = field(metadata=_told("the function behind the API"))
    gateway_function: T = field(metadata=_told("the function that alone reaches the lake"))
    inventory_function: T = field(metadata=_told("the function of the inventory tools"))
    purchasing_function: T = field(metadata=_told("the function of the purchasing tools"))
    query_function: T = field(metadata=_told("the function of the query tool"))
    worker_function: T = field(metadata=_told("the function that does what is due"))

    guardrail_id: T | None = field(default=None, metadata=_told("the guardrail that every call of a model names"))
    guardrail_version: T | None = field(default=None, metadata=_told("its version in use"))
    alarm_topic: T | None = field(default=None, metadata=_told("ARN of the topic that alarms are told on", _ARN))
    dashboards: T | None = field(default=None, metadata=_told("names of the dashboards, with commas between"))

    def given(self) -> dict[str, T]:
        """Name -> value of the outputs that there are."""
        values = {name: getattr(self, name) for name in OUTPUTS}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of an output beforehand."""

    description: str
    pattern: str  # that the whole value fits
    required: bool


OUTPUTS: Final[Mapping[str, Told]] = {
    one.name: Told(
        description=one.metadata["description"], pattern=one.metadata["pattern"], required=one.default is not None
    )
    for one in fields(StackOutputs)
}


def read_outputs(values: Mapping[str, object]) -> StackOutputs[str]:
    """The outputs of a deployed stack. Others than ours are left alone, a stack may be newer than its reader.

    Raises InvalidError with everything that is missing or does not fit.
    """
    problems = []
    for name, told in OUTPUTS.items():
        value = values.get(name)
        if value is None and told.required:
            problems.append(f"{name} is missing")
        elif value is not None and not (isinstance(value, str) and re.fullmatch(told.pattern, value)):
            problems.append(f"{name} does not fit {told.pattern}")
    if problems:
        raise InvalidError(f"outputs of the stack: {'; '.join(problems)}", fix=_FIX)
    return StackOutputs(**{name: str(values[name]) for name in OUTPUTS if values.get(name) is not None})


def json_schema() -> dict[str, object]:
    """The outputs as JSON Schema, for readers in other languages."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Outputs of a Quartermaster stack",
        "type": "object",
        "properties": {
            name: {"type": "string", "description": told.description, "pattern": told.pattern}
            for name, told in OUTPUTS.items()
        },
        "required": [name for name, told in OUTPUTS.items() if told.required],
    }
