"""The document that says how one agent behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue  # noqa: TC002 - the same
from pydantic_core import CoreSchema, core_schema

from agents.configuration.document_model import Name, Strict, Usd, described, parse_model
from agents.configuration.references import REFERENCE_SCHEMA, Reference, reference_of

if TYPE_CHECKING:
    from agents.configuration.documents import Content

Persona: TypeAlias = Literal["warehouse_manager", "field_engineer", "procurement_specialist"]
Scalar: TypeAlias = str | int | float | bool
ModelName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
_Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
_Example: TypeAlias = Annotated[str, Field(min_length=1, max_length=512)]
_Tokens: TypeAlias = Annotated[int, Field(ge=1, le=100_000_000)]


_REFUSED: Final = "a parameter is a text, a number, a truth value, or a reference to a secret"


class _Parameters:
    """Each value is a scalar, or a reference: one choice for the validator, and one problem for any other."""

    @staticmethod
    def __get_pydantic_core_schema__(_: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        del handler
        numbers = (core_schema.int_schema(strict=True), core_schema.float_schema(strict=True))
        others = (core_schema.str_schema(strict=True), core_schema.bool_schema(strict=True))
        reference = core_schema.no_info_before_validator_function(
            reference_of, core_schema.is_instance_schema(Reference)
        )
        value = core_schema.union_schema(
            [*numbers, *others, reference],
            mode="left_to_right",
            custom_error_type="parameter",
            custom_error_message=_REFUSED,
        )
        return core_schema.dict_schema(core_schema.str_schema(strict=True), value, strict=True)

    @staticmethod
    def __get_pydantic_json_schema__(_: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        del handler
        value = {"anyOf": [{"type": ["string", "number", "boolean"]}, REFERENCE_SCHEMA]}
        return {"type": "object", "additionalProperties": value}


class Limits(Strict):
    """What one turn may use."""

    timeout_s: Annotated[float, Field(gt=0, le=120), described("seconds until the answer must be there")] = 20.0
    turns: Annotated[int, Field(ge=1, le=16), described("times that the model is called")] = 4
    parallel_tools: Annotated[int, Field(ge=1, le=64), described("tools that run at once")] = 8
    model_timeout_s: Annotated[
        Annotated[float, Field(gt=0, le=120)] | None,
        described("seconds of one call of a model; what is left of timeout_s without it", in_effect=False),
    ] = None
    retries: Annotated[
        int,
        Field(ge=0, le=5),
        described("times that a model which is busy is called again, before the next of fallbacks", in_effect=False),
    ] = 0
    tokens_per_turn: Annotated[
        _Tokens | None, described("tokens, read and written, after which a turn ends", in_effect=False)
    ] = None
    tokens_per_conversation: Annotated[
        _Tokens | None, described("tokens after which a conversation ends", in_effect=False)
    ] = None
    usd_per_turn: Annotated[
        Usd | None, described('US dollars after which a turn ends, as text: "0.05"', in_effect=False)
    ] = None
    usd_per_conversation: Annotated[
        Usd | None, described('US dollars after which a conversation ends, as text: "1.50"', in_effect=False)
    ] = None


class Context(Strict):
    """What the model sees of a conversation, and how long it is kept."""

    window_messages: Annotated[
        int, Field(ge=0, le=200), described("messages of the conversation that the model sees", "drain")
    ] = 20
    window_tokens: Annotated[
        _Tokens | None, described("tokens of it that the model sees, of the newest", "drain", in_effect=False)
    ] = None
    summarise_after: Annotated[
        Annotated[int, Field(ge=1, le=10_000)] | None,
        described("messages after which the older ones are summarised", "drain", in_effect=False),
    ] = None
    retention_days: Annotated[
        Annotated[int, Field(ge=1, le=3650)] | None,
        described("days after which a conversation that nobody goes on with is deleted", in_effect=False),
    ] = None


class Routing(Strict):
    """When a question goes to this agent."""

    keywords: Annotated[list[_Word], described("words of a question that speak for this agent")] = Field(
        default_factory=list
    )
    otherwise: Annotated[bool, described("whether it gets what nobody's keywords match")] = False
    examples: Annotated[list[_Example], described("questions that are for this agent", in_effect=False)] = Field(
        default_factory=list
    )
    intents: Annotated[list[Name], described("intents of routing/default that go here", in_effect=False)] = Field(
        default_factory=list
    )
    threshold: Annotated[
        Annotated[float, Field(ge=0, le=1)] | None,
        described("how sure the router must be, from 0 to 1, to send a question here", in_effect=False),
    ] = None


class Access(Strict):
    """Who may use this agent: of those whom access/policy grants it, never more."""

    personas: Annotated[
        list[Persona] | None,
        described("the only personas that may ask it; all that are granted without it"),
    ] = None


class AgentConfig(Strict):
    """How an agent behaves: what it is told, which model and tools it uses, within which limits."""

    title: Annotated[str, Field(min_length=1, max_length=128), described("its name for people")]
    instructions: Annotated[
        str, Field(min_length=1, max_length=32_000), described("what the model is told of its task")
    ]
    model: Annotated[ModelName, described("a model of models/catalogue; default: the stack's model", "drain")] = (
        "default"
    )
    fallbacks: Annotated[
        list[ModelName],
        Field(max_length=4),
        described("models that are tried in order when the one before is away", "drain", in_effect=False),
    ] = Field(default_factory=list)
    tools: Annotated[list[Name], described("tools that the model may call", "drain")]
    limits: Annotated[Limits, described("what one turn may use")] = Limits()
    context: Annotated[Context, described("what the model sees of a conversation")] = Context()
    routing: Annotated[Routing, described("when a question goes to this agent")] = Routing()
    access: Annotated[Access, described("who may use this agent")] = Access()
    given: Annotated[
        dict[str, Scalar | Reference],
        _Parameters,
        Field(alias="parameters"),
        described("values by name for its tools and model, as its plugin's schema says; a secret is a reference"),
    ] = Field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Scalar]:
        """What the model and tools are told; no reference is among it."""
        return {name: value for name, value in self.given.items() if not isinstance(value, Reference)}

    @property
    def references(self) -> dict[str, Reference]:
        """The parameters that are references, to be resolved where they are used and nowhere else."""
        return {name: value for name, value in self.given.items() if isinstance(value, Reference)}

    def open_to(self, persona: str) -> bool:
        """Whether a persona whom the policy grants the agent may use it."""
        return self.access.personas is None or persona in self.access.personas


def parse_agent_config(content: Content, *, where: str = "") -> AgentConfig:
    """The configuration in a document's content; raises InvalidError with every problem and its pointer."""
    return parse_model(AgentConfig, content, what="the agent's configuration", where=where)
