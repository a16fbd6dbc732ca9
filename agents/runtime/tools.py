"""Tools: plain functions whose signature is the schema that the model sees.

    @tool(effect="read", personas={"warehouse_manager"}, timeout_s=10)
    def stock(product: str, *, data: Data, today: date) -> ToolResult:
        '''Units of one product in stock.'''

What stands before `*` is offered to the model; what stands after it is injected.
"""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from agents.access.policy import Grants
    from agents.access.ports import Gateway, Rows
    from agents.access.principal import Caller
    from agents.deadline import Deadline
    from agents.json_value import Json
    from agents.runtime.results import ToolResult


class Data(Protocol):
    """The rows that the asking person may see. `dialect` is the SQL that `query` takes."""

    @property
    def dialect(self) -> str: ...

    def query(self, statement: str) -> Rows: ...


@dataclass(frozen=True)
class UserData:
    """`Data` of one caller within one deadline."""

    gateway: Gateway
    caller: Caller
    deadline: Deadline

    @property
    def dialect(self) -> str:
        return self.gateway.dialect

    def query(self, statement: str) -> Rows:
        return self.gateway.query(statement, self.caller, deadline=self.deadline)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A registered tool. `arguments` validates what the model sends; `schema` is what it is shown."""

    name: str
    description: str
    schema: Mapping[str, Json]
    effect: Literal["read", "write"]
    personas: frozenset[str]
    timeout_s: float
    arguments: type[BaseModel]
    function: Callable[..., ToolResult]

    def parse(self, arguments: Mapping[str, Json]) -> dict[str, object]:
        """Arguments of the right types; raises InvalidError that names each wrong one."""
        try:
            parsed = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise InvalidError(f"{self.name} cannot take these arguments: {wrong}") from error
        return {name: getattr(parsed, name) for name in type(parsed).model_fields}

    def run(self, arguments: Mapping[str, object], *, data: Data, today: date) -> ToolResult:
        """The tool's result for parsed arguments."""
        return self.function(**arguments, data=data, today=today)


def open_to(persona: str, tools: Mapping[str, Tool], grants: Grants) -> dict[str, Tool]:
    """Those of the tools that the policy grants the persona and that were made for it; no other may run."""
    return {name: tool for name, tool in tools.items() if name in grants.tools and persona in tool.personas}


def tool(
    *, effect: Literal["read", "write"], personas: set[str], timeout_s: float
) -> Callable[[Callable[..., ToolResult]], Tool]:
    """Makes a tool of a function; its docstring's first paragraph is the description."""

    def decorate(function: Callable[..., ToolResult]) -> Tool:
        hints = typing.get_type_hints(function, include_extras=True)
        fields = {
            name: (hints[name], ... if parameter.default is parameter.empty else parameter.default)
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        }
        strict = ConfigDict(extra="forbid")
        # pydantic's overloads cannot see through a dict of fields.
        model = cast("type[BaseModel]", create_model(function.__name__, __config__=strict, **fields))  # type: ignore[call-overload]
        schema = model.model_json_schema()
        schema.pop("title", None)
        description = inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        return Tool(
            name=function.__name__,
            description=description,
            schema=schema,
            effect=effect,
            personas=frozenset(personas),
            timeout_s=timeout_s,
            arguments=model,
            function=function,
        )

    return decorate
