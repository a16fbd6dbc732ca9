"""The document that says how one agent behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection

    from agents.configuration.documents import Content

Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Limits(_Strict):
    """What one turn may use."""

    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20.0
    turns: Annotated[int, Field(ge=1, le=16)] = 4  # times the model is called
    parallel_tools: Annotated[int, Field(ge=1, le=64)] = 8


class Context(_Strict):
    """What the model sees of a conversation."""

    window_messages: Annotated[int, Field(ge=0, le=200)] = 20


class Routing(_Strict):
    """When a question goes to this agent."""

    keywords: list[Annotated[str, Field(min_length=1, max_length=64)]] = []
    examples: list[Annotated[str, Field(min_length=1, max_length=512)]] = []
    otherwise: bool = False  # gets what nobody's keywords match


class AgentConfig(_Strict):
    """How an agent behaves: what it is told, which model and tools it uses, within which limits."""

    title: Annotated[str, Field(min_length=1, max_length=128)]
    instructions: Annotated[str, Field(min_length=1, max_length=32_000)]
    model: Annotated[str, Field(min_length=1, max_length=256)] = "default"  # default: the stack's model
    tools: list[Name]
    limits: Limits = Limits()
    context: Context = Context()
    routing: Routing = Routing()
    parameters: dict[str, str | int | float | bool] = {}


def parse_agent_config(content: Content, *, where: str = "") -> AgentConfig:
    """The configuration in a document's content; raises InvalidError with every problem and its pointer."""
    try:
        return AgentConfig.model_validate(content)
    except ValidationError as error:
        problems = tuple(
            Problem(
                code="invalid",
                message=item["msg"],
                pointer="".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in item["loc"]),
                where=where,
            )
            for item in error.errors()
        )
        listed = "; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in problems)
        raise InvalidError(f"the agent's configuration is not valid: {listed}", problems=problems) from error


def check_config(content: Content, *, tools: Collection[str], where: str = "") -> AgentConfig:
    """The configuration in merged content, of which every tool is one of `tools`; raises InvalidError otherwise."""
    config = parse_agent_config(content, where=where)
    problems = tuple(
        Problem(
            code="invalid",
            message=f"there is no tool {tool!r}",
            pointer=f"/tools/{index}",
            where=where,
            fix=f"Tools: {', '.join(sorted(tools))}.",
        )
        for index, tool in enumerate(config.tools)
        if tool not in tools
    )
    if problems:
        raise InvalidError("; ".join(problem.message for problem in problems), fix=problems[0].fix, problems=problems)
    return config
