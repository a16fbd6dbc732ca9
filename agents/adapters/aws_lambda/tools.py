"""Tools as functions of their own, one for each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.errors import SetupError
from agents.runtime.results import read_result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.principal import Caller
    from agents.adapters.aws_lambda.invoke import Invoker
    from agents.deadline import Deadline
    from agents.json_value import Json
    from agents.runtime.results import ToolResult
    from agents.runtime.tools import Tool


@dataclass(frozen=True)
class LambdaTools:
    """A `ToolRunner`. `functions` says which function runs a tool, by the tool's name."""

    invoker: Invoker
    functions: Mapping[str, str]

    def run(self, tool: Tool, arguments: Mapping[str, Json], caller: Caller, *, deadline: Deadline) -> ToolResult:
        if tool.name not in self.functions:
            raise SetupError(f"no function runs the tool {tool.name}", fix="Give it one in agents/contract.py.")
        tool.parse(arguments)  # wrong arguments cost no invocation
        what = f"the tool {tool.name}"
        function, given = self.functions[tool.name], {"arguments": dict(arguments)}
        return read_result(
            self.invoker.call(function, tool.name, {**given}, caller, deadline=deadline, what=what), what=what
        )
